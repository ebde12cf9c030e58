"""A photo and a collection that attack whoever reads them, in every place that people and files can write to."""

import json
from urllib.parse import urlencode

from tests.attacks.library import account_of, jpeg, upload, wait_for, wait_until
from tests.attacks.reply import Reply
from tests.attacks.target import JSON, Target

FOREIGN = "https://evil.example/?q="
LINES = ("title", "caption", "alt_text", "credit", "rights", "city", "state", "country")
LISTS = ("tags", "keywords", "creators", "persons")
# A path has no empty part, so no `//` either.
PATH = "![folder](javascript:alert(1)) <img src=x>/![path](javascript:alert(1)) <img src=x> www.evil.example.jpg"


def hostile(place: str) -> str:
    """What stands in one place, with its name, so that it can be told from the others."""
    return f"![{place}]({FOREIGN}{place}) <img src={FOREIGN}> [y](javascript:alert(1)) www.evil.example"


def hostile_photo(target: Target) -> str:
    """
    The id of a photo with hostile words in its path, its file and all that people write, made once for a target.

    It is in a collection with a hostile name and description. `target.hostile_places` are the places that could be
    written to, which depends on the role of whoever attacks, and on the fields of the library.
    """
    if PATH not in target.hostile:
        id_ = target.hostile[PATH] = upload(target, PATH, jpeg(9_999, title=hostile("file")))
        assert wait_for(target, {id_}) == {id_: "indexed"}, (
            f"the hostile photo did not become searchable: {account_of(target, [id_])}"
        )
        target.hostile_places |= {"folder", "path", "file"}
        words: dict[str, object] = {each: hostile(each) for each in LINES} | {each: [hostile(each)] for each in LISTS}
        if own := string_fields(target):
            words["fields"] = {each: hostile("fields") for each in own}
        if _write(target, "PATCH", f"/api/photos/{id_}", words).status == 200:
            target.hostile_places |= words.keys()
            wait_until(
                lambda: _is_found(target, hostile("title")),
                lambda: f"what was written did not become searchable: {account_of(target, [id_])}",
            )
        collection = {
            "name": f"{target.folder} {hostile('collection')}",
            "description": hostile("description"),
            "ids": [id_],
        }
        made = _write(target, "POST", "/api/collections", collection)
        if made.status == 201:
            target.collections.append(made.json()["id"])
            target.hostile_places |= {"collection", "description"}
    return target.hostile[PATH]


def hostile_folder(target: Target) -> str:
    """Where that photo lies, alone."""
    return f"{target.folder}/{PATH.rpartition('/')[0]}"


def _is_found(target: Target, title: str) -> bool:
    found = target.send("GET", f"/api/search?{urlencode({'folder': hostile_folder(target)})}", status=[200]).json()
    return [each["title"] for each in found["photos"]] == [title]


def string_fields(target: Target) -> list[str]:
    """The library's own fields that take any text."""
    fields = target.send("GET", "/api/catalogue", status=[200]).json()["fields"]
    return [each["name"] for each in fields if each["type"] == "string"]


def _write(target: Target, method: str, path: str, body: object) -> Reply:
    """What became of it: 403 where the role of whoever attacks does not let them write."""
    return target.send(method, path, JSON, json.dumps(body).encode(), status=(200, 201, 403))
