"""All that somebody may ask about a library: what is not ranked, and what is."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

from shared.photo import photo_id
from tests.access.libraries import COLLECTIONS, FOLDERS, WORDS, Case, LibraryPhoto
from tests.access.world import JOB, PROPOSAL, AccessWorld

UNKNOWN = "0" * 32
SIZES = ("thumbnail", "thumbnail_640", "preview", "original")
LISTS = (
    "/api/search?top=200&facets=true&sort=newest&fold=true",
    "/api/search?top=200&facets=true&sort=oldest&fold=false",
    "/api/search?top=0&facets=true",
    "/api/search?top=2&skip=1",
    *(f"/api/search?top=200&facets=true&folder={quote(folder)}" for folder in FOLDERS),
    *(f"/api/search?top=200&collection={each}" for each in (*COLLECTIONS, "List 1", "Saved", "Nothing")),
    "/api/search?top=200&q=dog&sort=newest&mode=keyword",
    "/api/search?top=200&country=Land&tag=dog",
    *(f"/api/search?top=0&q=City {word}&mode=keyword&sort=newest" for word in WORDS[::4]),
    *(f"/api/map?level={level}" for level in (1, 2, 3)),
    "/api/map?bounds=-180,-90,180,90&folder=a",
    "/api/search?top=200&bounds=-10,-10,30,60",
    "/api/status",
    "/api/failures",
    "/api/failures?top=1&skip=1",
    "/api/trash",
    "/api/trash?top=1&skip=1",
    "/api/jobs",
    f"/api/jobs/{JOB}",
    f"/api/jobs/{'9' * 32}",
    f"/api/proposals/{PROPOSAL}",
    "/api/collections",
    *(f"/api/collections/{each}" for each in (*COLLECTIONS, "b" * 32)),
    *(f"/api/collections/{each}/photos?top=2&skip={skip}" for each in (*COLLECTIONS, "b" * 32) for skip in (0, 1)),
    "/api/export?format=csv",
    "/api/export?format=jsonl&folder=a",
    "/api/catalogue",
    "/api/vocabulary",
)
OF_ONE_PHOTO = ("", "/history", "/thumbnail?size=640", *(f"/{size}" for size in SIZES if "_" not in size))
RANKED = (
    "/api/search?top=200&q={word}&facets=true",
    "/api/search?top=200&q=dog beside {word} in City {word}&facets=true",
    "/api/search?top=200&q=%22{word}%22&facets=true",
    "/api/search?top=200&q={word}&mode=vector&facets=true",
    "/api/search?top=200&q=dog&sort=oldest&facets=true",
    "/api/map?q={word}",
    "/api/export?format=csv&q={word}",
)
ECHOES = {"interpreted", "unmet"}
CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("PATCH", "/api/photos/{id}", {"title": "Mine"}),
    ("DELETE", "/api/photos/{id}", None),
    ("POST", "/api/photos/{id}/undo", {}),
    ("POST", "/api/photos/{id}/move", {"path": "{folder}/moved.jpg"}),
    ("POST", "/api/trash/{id}/restore", None),
    ("DELETE", "/api/trash/{id}", None),
    ("POST", "/api/failures/{id}/retry", None),
    ("POST", "/api/export", {"ids": ["{id}"], "format": "jsonl"}),
    ("POST", "/api/collections", {"name": "Mine", "ids": ["{id}"]}),
    ("POST", "/api/collections", {"name": "Mine", "ids": [], "cover": "{id}"}),
    ("POST", "/api/links", {"ids": ["{id}"], "size": "thumbnail"}),
    ("POST", "/api/links", {"ids": ["{id}"], "size": "original"}),
)


async def unranked(case: Case, world: AccessWorld) -> AsyncIterator[tuple[str, str]]:
    """What is asked, and the answer, byte for byte."""
    for path in LISTS:
        yield path, await world.ask("GET", path)
    ids = [*(each.id for each in case.photos), *(photo_id(each.came_from) for each in case.photos if each.came_from)]
    for id_ in [*ids, UNKNOWN]:
        for part in OF_ONE_PHOTO:
            yield f"photos/{id_}{part}", await world.ask("GET", f"/api/photos/{id_}{part}")
    for size in SIZES:
        yield f"links {size}", await world.ask("POST", "/api/links", json={"ids": ids, "size": size})
    for photo in case.photos:
        yield photo.path, await world.ask("GET", f"/api/originals/{quote(photo.path)}")
    table = "id,etag,title\r\n" + "".join(f"{id_},x,Changed\r\n" for id_ in ids)
    headers = {"Content-Type": "text/csv"}
    yield "import", await world.ask("POST", "/api/import?dry_run=true", content=table.encode(), headers=headers)


async def ranked(case: Case, world: AccessWorld) -> AsyncIterator[tuple[str, str]]:
    """What is asked for each photo that is hidden, for others to be found near it, and the answer."""
    for photo in case.photos:
        for path in RANKED if case.is_hidden(photo) else RANKED[:1]:
            yield path.format(word=photo.word), await world.ask("GET", path.format(word=photo.word))
        if not case.is_hidden(photo) and photo.state == "indexed":
            yield f"similar to {photo.path}", await world.ask("GET", f"/api/photos/{photo.id}/similar?top=100")
    messages = [{"role": "user", "content": "Show me every picture of a dog"}]
    world.model.answer("Here they are: [1] [2] [3].")
    answer = await world.ask("POST", "/v1/chat/completions", json={"messages": messages})
    yield "chat", answer + json.dumps(world.model.requests, default=str)


async def warm(world: AccessWorld) -> None:
    """Let somebody who sees everything ask first: what is kept for the next must not tell the next."""
    with world.as_admin():
        for path in ("/api/status", f"/api/search?q=City {WORDS[0]}", "/api/collections", "/api/search?facets=true"):
            await world.ask("GET", path)


async def told_by_changes(photo: LibraryPhoto, folder: str, world: AccessWorld) -> AsyncIterator[tuple[str, str, str]]:
    """What becomes of changes of a photo that is hidden, and of one that there is not."""
    new = f"{photo.path.rpartition('.')[0]} new.jpg"
    headers = {"If-None-Match": "*", "Content-Type": "image/jpeg"}
    paths = (photo.path, new) if photo.state != "trashed" else ()
    uploads = [await world.ask("PUT", f"/api/photos/{quote(each)}", headers=headers, content=b"x") for each in paths]
    if uploads:
        yield f"PUT {photo.path}", uploads[0], uploads[1]
    for method, path, body in CHANGES:
        answers = [await _change(method, path, body, id_, folder, world) for id_ in (photo.id, UNKNOWN)]
        yield f"{method} {path}", answers[0].replace(photo.id, UNKNOWN), answers[1]
    for collection in COLLECTIONS:
        path = f"/api/collections/{collection}/photos"
        for body in ({"add": ["{id}"]}, {"remove": ["{id}"]}, {"add": [], "before": "{id}"}):
            answers = [await _change("POST", path, body, id_, folder, world) for id_ in (photo.id, UNKNOWN)]
            yield f"POST {path} {body}", _stable(answers[0]).replace(photo.id, UNKNOWN), _stable(answers[1])


def _stable(answer: str) -> str:
    return answer.partition("\n")[2] if answer.startswith("200") else answer


async def _change(method: str, path: str, body: object, id_: str, folder: str, world: AccessWorld) -> str:
    content = json.dumps(body).replace("{id}", id_).replace("{folder}/", f"{folder}/" if folder else "")
    options = {} if body is None else {"content": content.encode(), "headers": {"Content-Type": "application/json"}}
    return await world.ask(method, path.format(id=id_), **options)


def forbidden_words(asked: str, photos: Sequence[LibraryPhoto]) -> list[str]:
    """What no answer to this may contain; who asks for an id, or made a job of ids, knows these."""
    if JOB in asked:
        return [each.word for each in photos]
    is_list = asked.startswith(("links", "/api/")) and "q=City" not in asked
    return told_words(photos) if is_list else []


def told_words(photos: Sequence[LibraryPhoto]) -> list[str]:
    """What no ranked answer may contain."""
    return [word for each in photos for word in (each.id, each.word)]


def without_question(answer: str) -> str:
    """A ranked answer without the words that were asked, and those of them that no photo holds."""
    status, _, body = answer.partition("\n")
    if not body.startswith('{"total'):
        return body
    return status + json.dumps({name: value for name, value in json.loads(body).items() if name not in ECHOES})
