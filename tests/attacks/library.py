"""The few photos that the attacks are aimed at, in a folder of their own."""

import io
import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from PIL import Image

from tests.attacks.target import JSON, Target

NAMES = ("first.jpg", "second.jpg")
# Shown on the page and told to the chat, so each is an attack of its own.
SCRIPT = '<img src=x onerror="document.title=`gotcha`"><script>document.title=`gotcha`</script>'
INDEXING = 300.0  # seconds that an app may take until our photos are searchable


def jpeg(seed: int = 0, comment: bytes = b"", *, title: str = "") -> bytes:
    """A small JPEG unlike those of other seeds, with a comment and a title."""
    image = Image.new("RGB", (160, 120), ((seed * 53) % 256, (seed * 97) % 256, (seed * 29) % 256))
    image.putpixel((seed % 160, (seed // 160) % 120), (255, 255, 255))
    exif = Image.Exif()
    if title:
        exif[0x010E] = title
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, exif=exif, comment=comment or b"attack")
    return out.getvalue()


def address(target: Target, name: str) -> str:
    """Where a photo of our folder is uploaded to."""
    return f"/api/photos/{quote(f'{target.folder}/{name}')}"


def upload(target: Target, name: str, data: bytes) -> str:
    """The id of a file that is now in the container."""
    return str(target.send("PUT", address(target, name), body=data, status=(200, 201)).json()["id"])


def wait_for(target: Target, ids: set[str]) -> dict[str, str]:
    """What became of photos: `indexed` or `failed` by id. Those that are neither in time are missing."""
    deadline = time.monotonic() + INDEXING
    while True:
        states = {each["id"]: "indexed" for each in _found(target)} | dict.fromkeys(_failed(target), "failed")
        if ids <= states.keys() or time.monotonic() > deadline:
            return {id_: states[id_] for id_ in ids if id_ in states}
        time.sleep(0.5)


def wait_until(is_so: Callable[[], bool], failure: Callable[[], str]) -> None:
    """Ask again and again; AssertionError, with what there is to say of it then, where it never is so."""
    deadline = time.monotonic() + INDEXING
    while not is_so():
        assert time.monotonic() < deadline, failure()
        time.sleep(0.5)


def account_of(target: Target, ids: Iterable[str]) -> str:
    """What the app says of photos, for an error to tell: documents, edits, failures, and what is still to be done."""
    paths = [f"/api/photos/{each}{part}" for each in ids for part in ("", "/history")]
    replies = {path: target.send("GET", path) for path in (*paths, "/api/failures", "/api/status")}
    return "; ".join(f"{path}: {reply.status} {reply.body[:1500]!r}" for path, reply in replies.items())


def _found(target: Target) -> list[dict[str, str]]:
    return list(target.search(top="200", fold="false", status=[200]).json()["photos"])


def _failed(target: Target) -> set[str]:
    failures = target.send("GET", "/api/failures?top=1000").json()["failures"]
    return {each["id"] for each in failures if each["path"].startswith(f"{target.folder}/")}


@contextmanager
def with_photos(target: Target, folder: str = "") -> Iterator[Target]:
    """The target with photos to attack, which are deleted afterwards, with whatever else came into their folder."""
    target.folder = folder or f"attacks-{secrets.token_hex(4)}"
    if target.needs_key and target.key is None and target.token is None:
        yield target
        return
    try:
        for seed, name in enumerate(NAMES):
            target.photos[name] = upload(target, name, jpeg(secrets.randbelow(10_000) + seed, title=SCRIPT))
        states = wait_for(target, set(target.photos.values()))
        assert set(states.values()) == {"indexed"}, (
            f"our photos did not become searchable: {states}; {account_of(target, target.photos.values())}"
        )
        yield target
    finally:
        _delete_all(target)


def _delete_all(target: Target) -> None:
    for id_ in target.collections:
        target.send("DELETE", f"/api/collections/{id_}")
    ids = (
        {each["id"] for each in _found(target)} | _failed(target) | {*target.photos.values(), *target.hostile.values()}
    )
    for id_ in ids:
        target.send("DELETE", f"/api/photos/{id_}")


def links_to(target: Target, ids: Sequence[str], size: str = "thumbnail") -> dict[str, str]:
    """Links to pictures by id, where storage has them; AssertionError if one of these photos has none."""
    body = json.dumps({"ids": ids, "size": size}).encode()
    links: dict[str, str] = target.send("POST", "/api/links", JSON, body, status=[200]).json()["links"]
    missing = [each for each in ids if each not in links]
    assert not missing, f"there is no link to the {size} of {missing}: {account_of(target, missing)}"
    return links


def link_to(target: Target, id_: str, size: str = "original") -> str:
    """A link to a picture, where storage has it."""
    return links_to(target, [id_], size)[id_]
