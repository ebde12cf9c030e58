"""All that somebody may ask about a library: what is not ranked, and what is."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

from shared.photo import photo_id
from tests.access.libraries import COLLECTIONS, FOLDERS, WORDS, Case, LibraryPhoto
from tests.access.world import JOB, OTHERS_JOB, PROPOSAL, SEARCH, TOKENS, AccessWorld
from tests.world import picture
from web.routes import ROUTES

UNKNOWN = "0" * 32
SIZES = ("thumbnail", "thumbnail_640", "preview", "original", "large")
PICTURE = picture(1, size=(64, 48))
# What is not asked here, and why nobody learns of hidden photos by it; a route that is neither asked nor here fails.
NOT_ASKED = {
    **dict.fromkeys(("page", "page_file", "share_page", "health"), "shows no photo"),
    **dict.fromkeys(
        ("access", "set_access", "empty_trash", "audit", "estimate_job"), "is for admins, who see everything"
    ),
    "picture": "is for whoever has a signed link: tests/web/test_moves.py, tests/web/test_pictures.py",
    **dict.fromkeys(("unlock_shared", "shared_original", "shared_picture"), "shows what shared_photos does"),
    **dict.fromkeys(("model", "response"), "names models, and keeps no answer"),
    "revoke_share": "is about a share of one's own, whatever it shows",
    **dict.fromkeys(("mcp_stream", "mcp_end"), "is always 405"),
    "feedback": "keeps ids as they come, and looks for no photo",
    "set_vocabulary": "changes words, of no photo",
    "set_fields": "says which fields there are, of no photo",
    "large_export": "tests/web/test_large_exports.py",
    "export_file": "is for whoever has a signed link: tests/web/test_large_exports.py",
    **dict.fromkeys(("accept_proposal", "dismiss_proposal"), "acts on what `proposal` shows"),
}
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
    "/api/failures?top=1&skip=1",
    "/api/trash?top=1&skip=1",
    f"/api/jobs/{JOB}",
    f"/api/jobs/{OTHERS_JOB}",
    "/api/review?top=1",
    *(f"/api/review?folder={quote(folder)}" for folder in FOLDERS),
    f"/api/proposals/{PROPOSAL}",
    *(f"/api/collections/{each}" for each in (*COLLECTIONS, SEARCH)),
    *(f"/api/collections/{each}/photos?top=2&skip={skip}" for each in (*COLLECTIONS, SEARCH) for skip in (0, 1)),
    "/api/export?format=csv",
    "/api/export?format=jsonl&folder=a",
)
# Whatever can be asked by its address alone, as routes are added.
PLAIN = tuple(f"/{each.path}" for each in ROUTES if each.method == "GET" and "{" not in each.path
              and each.function not in NOT_ASKED and not each.path.startswith("api/shared"))  # fmt: skip
A_PHOTO = "api/photos/{id}"
OF_ONE_PHOTO = (
    "/thumbnail?size=640",
    *(each.path.removeprefix(A_PHOTO) for each in ROUTES if each.method == "GET" and each.path.startswith(A_PHOTO)
      and each.function != "similar"),
)  # fmt: skip
SHARED = ("/api/shared", "/api/shared/photos?top=2", "/api/shared/photos?top=2&skip=1")
RANKED = (
    "/api/search?top=200&q={word}&facets=true",
    "/api/search?top=200&q=dog beside {word} in City {word}&facets=true",
    "/api/search?top=200&q=%22{word}%22&facets=true",
    "/api/search?top=200&q={word}&mode=vector&facets=true",
    "/api/search?top=200&q=dog&sort=oldest&facets=true",
    "/api/map?q={word}",
    "/api/export?format=csv&q={word}",
)
ECHOES = {"interpreted", "unmet", "holding_all_of", "read_from_words"}
CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("PATCH", "/api/photos/{id}", {"title": "Mine"}),
    ("DELETE", "/api/photos/{id}", None),
    ("POST", "/api/photos/{id}/undo", {}),
    ("POST", "/api/photos/{id}/move", {"path": "{folder}/moved.jpg"}),
    ("POST", "/api/trash/{id}/restore", None),
    ("DELETE", "/api/trash/{id}", None),
    ("POST", "/api/failures/{id}/retry", None),
    ("DELETE", "/api/failures/{id}", None),
    ("POST", "/api/export", {"ids": ["{id}"], "format": "jsonl"}),
    ("POST", "/api/collections", {"name": "Mine", "ids": ["{id}"]}),
    ("POST", "/api/collections", {"name": "Mine", "ids": [], "cover": "{id}"}),
    ("POST", "/api/links", {"ids": ["{id}"], "size": "thumbnail"}),
    ("POST", "/api/links", {"ids": ["{id}"], "size": "original"}),
    ("POST", "/api/links", {"ids": ["{id}"], "size": "large"}),
    ("POST", "/api/shares", {"ids": ["{id}"], "name": "Mine"}),
    ("GET", "/api/photos/{id}/similar", None),
)
OF_A_COLLECTION: tuple[tuple[str, Any], ...] = (
    ("POST", {"add": ["{id}"]}),
    ("POST", {"remove": ["{id}"]}),
    ("POST", {"add": [], "before": "{id}"}),
    ("PUT", {"ids": ["{id}"]}),
)


async def unranked(case: Case, world: AccessWorld) -> AsyncIterator[tuple[str, str]]:
    """What is asked, and the answer, byte for byte."""
    for path in (*LISTS, *PLAIN):
        yield path, await world.ask("GET", path)
    for token in TOKENS:
        for path in SHARED:
            yield f"{token} {path}", await world.ask("GET", path, headers={"x-share-token": token})
    for folder in FOLDERS[1:]:
        job = {"action": "delete", "search": {"folder": folder}, "expected": 999}
        yield f"a job of {folder}", await world.ask("POST", "/api/jobs", json=job)
    ids = [*(each.id for each in case.photos), *(photo_id(each.came_from) for each in case.photos if each.came_from)]
    for id_ in [*ids, UNKNOWN]:
        for part in OF_ONE_PHOTO:
            yield f"photos/{id_}{part}", await world.ask("GET", f"/api/photos/{id_}{part}")
    for size in SIZES:
        some = ids[:4] if size == "large" else ids
        yield f"links {size}", await world.ask("POST", "/api/links", json={"ids": some, "size": size})
    seen = [each.id for each in case.photos if not case.is_hidden(each) and each.state == "indexed"]
    for name, some in (("seen", seen or [UNKNOWN]), ("any", ids)):
        yield f"export of {name}", await world.ask("POST", "/api/export", json={"ids": some, "format": "csv"})
    for photo in case.photos:
        for options in ("", "?optional=true"):
            yield f"{photo.path}{options}", await world.ask("GET", f"/api/originals/{quote(photo.path)}{options}")
    table = "id,etag,title\r\n" + "".join(f"{id_},x,Changed\r\n" for id_ in ids)
    for name, arguments in TOOLS:
        yield f"{name} {arguments}", await call_tool(name, arguments, world)
    yield "resources", await send_message("resources/list", {}, world)
    headers = {"Content-Type": "text/csv"}
    yield "import", await world.ask("POST", "/api/import?dry_run=true", content=table.encode(), headers=headers)


# Tools that rank nothing, what they are called with, and `{id}` for the id of a photo.
TOOLS: tuple[tuple[str, Any], ...] = (
    ("describe_library", {}),
    ("search_photos", {"top": 30}),
    ("search_photos", {"top": 30, "sort": "oldest", "folder": "a"}),
    ("count_photos", {"by": "folder"}),
    ("count_photos", {"q": "dog", "by": "tags"}),
)
TOOLS_OF_ONE_PHOTO: tuple[tuple[str, Any], ...] = (
    ("fetch", {"id": "{id}"}),
    ("view_photo", {"id": "{id}"}),
    ("propose_edit", {"ids": ["{id}"], "add_tags": ["mine"]}),
    ("propose_collection", {"ids": ["{id}"], "name": "Mine"}),
    ("gallery_thumbnails", {"ids": ["{id}"]}),
    ("gallery_thumbnails", {"ids": ["{id}', ',')) or (search.in(id, 'x", "{id}"]}),
)
RESOURCES = ("photos://photo/{id}", "photos://collection/{id}")


async def call_tool(name: str, arguments: object, world: AccessWorld, id_: str = UNKNOWN) -> str:
    params = {"name": name, "arguments": json.loads(json.dumps(arguments).replace("{id}", id_))}
    return await send_message("tools/call", params, world)


async def send_message(method: str, params: object, world: AccessWorld) -> str:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Accept": "application/json, text/event-stream"}
    return await world.ask("POST", "/mcp", json=message, headers=headers)


def without_words(answer: str) -> str:
    """The result of a tool without the words that it was asked for."""
    status, _, body = answer.partition("\n")
    result = json.loads(body)["result"]
    text, *others = result["content"]
    facts = result["structuredContent"]
    assert json.loads(text["text"]) == facts
    told = {name: value for name, value in facts.items() if name not in ECHOES}
    told["photos"] = [{**each, "lacks": None} for each in facts.get("photos", ())]
    return f"{status}\n{json.dumps([told, others, result.get('_meta')])}"


async def ranked(case: Case, world: AccessWorld) -> AsyncIterator[tuple[str, str]]:
    """What is asked for each photo that is hidden, for others to be found near it, and the answer."""
    for photo in case.photos:
        for path in RANKED if case.is_hidden(photo) else RANKED[:1]:
            yield path.format(word=photo.word), await world.ask("GET", path.format(word=photo.word))
        if not case.is_hidden(photo) and photo.state == "indexed":
            yield f"similar to {photo.path}", await world.ask("GET", f"/api/photos/{photo.id}/similar?top=100")
    for photo in case.hidden[:2]:
        for name, argument in (("search_photos", "q"), ("search", "query"), ("count_photos", "q")):
            answer = await call_tool(name, {argument: f"dog in City {photo.word}"}, world)
            yield f"{name} {photo.word}", without_words(answer)
    headers = {"Content-Type": "image/jpeg"}
    yield "a picture", await world.ask("POST", "/api/search?top=200&facets=true", content=PICTURE, headers=headers)
    question = "Show me every picture of a dog"
    messages = [{"role": "user", "content": question}]
    for path, body in (("/v1/chat/completions", {"messages": messages}), ("/v1/responses", {"input": question})):
        world.model.answer("Here they are: [1] [2] [3].")
        answer = await world.ask("POST", path, json=body)
        yield path, answer + json.dumps(world.model.requests, default=str)


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
    for name, arguments in TOOLS_OF_ONE_PHOTO:
        answers = [await call_tool(name, arguments, world, id_) for id_ in (photo.id, UNKNOWN)]
        yield name, answers[0].replace(photo.id, UNKNOWN), answers[1]
    for uri in RESOURCES:
        uris = [uri.replace("{id}", id_) for id_ in (photo.id, UNKNOWN)]
        answers = [await send_message("resources/read", {"uri": each}, world) for each in uris]
        yield uri, answers[0].replace(photo.id, UNKNOWN), answers[1]
    path = f"/api/originals/{quote(photo.path)}"
    yield f"DELETE {path}", await world.ask("DELETE", path), await world.ask("DELETE", f"{path} new")
    for collection in COLLECTIONS:
        path = f"/api/collections/{collection}/photos"
        for method, body in OF_A_COLLECTION:
            answers = [await _change(method, path, body, id_, folder, world) for id_ in (photo.id, UNKNOWN)]
            yield f"{method} {path} {body}", _stable(answers[0]).replace(photo.id, UNKNOWN), _stable(answers[1])


async def told_of_records(world: AccessWorld) -> AsyncIterator[tuple[str, str, str]]:
    """What becomes of changes of a collection of which nothing is seen, and of jobs of others, and of none at all."""
    hidden = [each for each in COLLECTIONS if (await world.ask("GET", f"/api/collections/{each}")).startswith("404")]
    of_collections: list[tuple[str, str, Any]] = [
        ("PATCH", "", {"description": "Mine"}), ("DELETE", "", None), ("PUT", "/photos", {"ids": []}),
    ]  # fmt: skip
    pairs: list[tuple[str, str, Any]] = [
        *((method, f"/api/collections/{each}{rest}", body) for each in hidden for method, rest, body in of_collections),
        ("DELETE", f"/api/jobs/{OTHERS_JOB}", None),
        ("POST", f"/api/jobs/{OTHERS_JOB}/undo", {}),
    ]  # fmt: skip
    for method, path, body in pairs:
        id_ = path.split("/")[3]
        answers = [await _change(method, path.replace(id_, each), body, each, "", world) for each in (id_, UNKNOWN)]
        yield f"{method} {path}", answers[0].replace(id_, UNKNOWN), answers[1]


async def retried(world: AccessWorld) -> int:
    """How many photos are tried again where somebody asks for all."""
    return int(json.loads((await world.ask("POST", "/api/failures/retry")).partition("\n")[2])["retried"])


async def dismissed(world: AccessWorld) -> int:
    """How many files that failed are deleted where somebody asks for all."""
    return int(json.loads((await world.ask("DELETE", "/api/failures")).partition("\n")[2])["deleted"])


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
    is_list = asked.startswith(("links", "/api/", *TOKENS, "a job of")) and "q=City" not in asked
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


def filled(body: Any, id_: str) -> Any:
    """A body of CHANGES about this photo, from somebody who sees the folder `ab`."""
    if isinstance(body, dict):
        return {name: filled(value, id_) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(each, id_) for each in body]
    return body.replace("{id}", id_).replace("{folder}/", "ab/") if isinstance(body, str) else body
