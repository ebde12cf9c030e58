"""
The app in this process, over Azurite and the search stand-in, with a library that a test fills and empties.

Who calls is said by the test: signing in is the business of other tests.
"""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from catalogue.context import catalogue_context
from ingest.context import ingest_context
from query.context import query_context
from shared.access.caller import APP, NO_KEY, Caller
from shared.access.in_force import RulesInForce, grants, put_rules_in_force
from shared.access.roles import Role
from shared.access.rules import Rules, parse_rules
from shared.edits import FieldEdit, PhotoEdits
from shared.errors import NotFound
from shared.model_reply import ModelReply
from shared.photo import photo_id, utc
from shared.services import Services, services
from shared.stores.collections import COLLECTION, Collection
from shared.stores.failures import Failure
from shared.stores.jobs import Job, JobMaker, PhotoFault
from shared.stores.moves import Move
from shared.stores.proposals import Proposal, ProposedChange
from shared.stores.shares import Share, digest_of_token, id_of_token
from shared.stores.trash import TrashedPhoto
from tests.access.libraries import COLLECTIONS, Case, LibraryPhoto, Person
from tests.local.search.server import ADMIN_KEY, SearchServer
from tests.machine import running_azurite
from tests.query.fakes import FakeModels
from tests.world import settings
from web import entry
from web.entry import answer
from web.job_context import job_runner
from web.routes import ROUTES, Access, Route
from web.service_checks import service_monitor

NOW = utc(datetime.now(UTC))
JOB, PROPOSAL = "e" * 32, "f" * 32
OTHERS_JOB, SEARCH = "9" * 32, "b" * 32
TOKENS = ("a share of photos", "a share of a collection")


class Model(FakeModels):
    """Vectors of four numbers, and a chat that cites the first photos that it was shown."""

    embedding_model = "embedding"
    dimensions = 4

    async def check(self) -> None: ...

    def answer(self, text: str) -> None:
        """Answer the next question with this text, and forget those before."""
        self.requests.clear()
        self.replies[:] = [[text, ModelReply(text=text, finish_reason="stop")]]

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 2.0, float(len(text) % 5), 1.0] for text in texts]

    async def close(self) -> None: ...


class ImagesAlike:
    """Vectors of pictures, all alike, and none of words."""

    recipe, dimensions = "images", 4

    async def embed_image(self, jpeg: bytes) -> list[float]:
        return [1.0, 2.0, 3.0, 1.0]

    async def embed_text(self, text: str) -> None:
        return None

    async def check(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(repr=False)
class AccessWorld:
    """The app, and all that it keeps; `asked` are functions of routes that answered, or were to change something."""

    services: Services
    model: Model
    http: httpx.AsyncClient
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    asked: set[str]
    caller: Caller = APP

    def __repr__(self) -> str:
        return "world"

    # -- a library ------------------------------------------------------------------------

    async def fill(self, case: Case) -> None:
        """Make a library, with everything that may be said of its photos, and put its rules in force."""
        rules, earlier = parse_rules(case.access_json), case.earlier
        before = None if earlier is None else parse_rules(json.dumps({"rules": earlier}).encode())
        for photo in case.photos:
            of = before if before is not None and photo.is_late else rules
            await self._add(photo, of)
            await self.write_failure(photo, case.person)
        await self._write_collections(case.photos, case)
        await self._write_records(case)
        put_rules_in_force(RulesInForce(rules, () if before is None else (before,)))

    async def remove(self, photos: Sequence[LibraryPhoto], case: Case) -> None:
        """Let photos never have been."""
        for photo in photos:
            await self._forget(photo)
        await self._write_collections([each for each in case.photos if each not in photos], case)

    async def empty(self, case: Case) -> None:
        put_rules_in_force(RulesInForce())
        for photo in case.photos:
            await self._forget(photo)

    async def write_failure(self, photo: LibraryPhoto, person: Person) -> None:
        """Why a photo fails, if it does."""
        if photo.state == "failing":
            reason, owner = f"{photo.word} is broken", person.id if photo.is_own else "p9"
            await self.services.failures.write(
                Failure(id=photo.id, path=photo.path, state="failed", reason=reason, attempts=8, owner=owner)
            )

    async def _add(self, photo: LibraryPhoto, rules: Rules) -> None:
        clients = self.services
        put_rules_in_force(RulesInForce(rules))
        if photo.state != "trashed":
            await clients.storage._photos.upload_blob(photo.path, f"{photo.bytes_of}".encode(), overwrite=True)
        if photo.state == "indexed":
            await clients.index.put(photo.document(grants(photo.path, photo.collections)))
        if photo.state == "trashed":
            await clients.trash.write(TrashedPhoto(id=photo.id, path=photo.path, deleted_at=NOW, title=photo.word))
        if photo.is_edited and photo.state in {"indexed", "trashed"}:
            edit = FieldEdit(value=f"Edited {photo.word}", by="somebody", at=NOW, digest=f"{photo.bytes_of:064x}")
            edits = PhotoEdits(id=photo.id, path=photo.path).changed(
                {"credit": edit}, by="somebody", at=datetime.now(UTC)
            )
            await clients.edits.write(edits)
        if photo.came_from:
            move = Move(path=photo.came_from, new_path=photo.path, etag='"1"', at=NOW, by="somebody", done=True)
            await clients.moves.write(move)

    async def _forget(self, photo: LibraryPhoto) -> None:
        clients = self.services
        with suppress(ResourceNotFoundError):
            await clients.storage._photos.delete_blob(photo.path)
        await clients.index.delete(photo.id)
        await clients.failures.clear(photo.id)
        with suppress(NotFound):
            await clients.trash.delete(await clients.trash.read(photo.id))
        await clients.edits.delete(photo.id)
        if photo.came_from:
            await clients.moves.delete(photo_id(photo.came_from))

    async def _write_collections(self, photos: Sequence[LibraryPhoto], case: Case) -> None:
        """Both collections, as if nobody had written them in between."""
        store = self.services.collections
        for number, id_ in enumerate(COLLECTIONS):
            members = tuple(each.id for each in photos if id_ in each.collections)
            covers = [each.id for each in case.photos if number and id_ in each.collections][-1:]
            cover = next((each for each in covers if each in members), "")
            record = Collection(
                id=id_,
                name=f"List {number}",
                photos=members,
                cover=cover,
                created_by="x",
                updated_at=utc(datetime.now(UTC) + timedelta(seconds=len(members))),
            )
            await store._container.upload_blob(f"{id_}.json", COLLECTION.dump_json(record), overwrite=True)
        saved: dict[str, Any] = {"search": {"folder": "a/b"}, "query": {"q": "", "filters": {"folder": "a/b"}}}
        search = Collection(id=SEARCH, name="Saved", created_by="x", updated_at=NOW, **saved)
        await store._container.upload_blob(f"{search.id}.json", COLLECTION.dump_json(search), overwrite=True)
        self.forget()

    async def _write_records(self, case: Case) -> None:
        """A job of the person's about all photos, one of somebody else's, a proposal, and shares."""
        ids = [each.id for each in case.photos]
        person = Caller("Person", Role.EDITOR, case.person.id, case.person.groups)
        for id_, caller in ((JOB, person), (OTHERS_JOB, Caller("Person", Role.EDITOR, "p9"))):
            await self.services.jobs.delete(id_)
            job = Job(id=id_, action="delete", total=len(ids), created_by="Person", created_at=NOW, failed=len(ids),
                      state="done", position=len(ids), maker=JobMaker.of(caller))  # fmt: skip
            await self.services.jobs.create(job, ids)
            faults = [PhotoFault(each.id, f"there is another {each.word}") for each in case.photos]
            await self.services.jobs.write_faults(replace(job, position=0), faults)
        changes = tuple(ProposedChange(each.id, each.path, "title", each.word, "New") for each in case.photos)
        proposal = Proposal(id=PROPOSAL, kind="edit", created_by="Person", created_at=NOW, changes=changes)
        await self.services.proposals.write(proposal)
        for token, photos, collection in zip(TOKENS, (tuple(ids), ()), ("", COLLECTIONS[0]), strict=True):
            await self._share(token, person, photos=photos, collection=collection)

    async def _share(self, token: str, person: Caller, **of: Any) -> None:
        """A share of the person's, in place of the one that had its token before."""
        share = Share(
            id=id_of_token(token),
            token_digest=digest_of_token(token),
            name="Shared",
            created_at=NOW,
            expires_at=utc(datetime.now(UTC) + timedelta(days=1)),
            maker=person.name,
            maker_id=person.id,
            maker_groups=tuple(sorted(person.groups)),
            maker_role=person.role,
            **of,
        )
        with suppress(NotFound):
            await self.services.shares.revoke(share.id)
        await self.services.shares.create(share)

    def forget(self) -> None:
        """Forget what is kept for a while."""
        ingest_context().original_count.invalidate()
        query_context().library.places._by_sight.clear()
        self.services.moves._looked_at = float("-inf")
        self.services.collections._read_at = float("-inf")

    @contextmanager
    def as_admin(self) -> Iterator[None]:
        """Ask as somebody who sees everything."""
        before, self.caller = self.caller, APP
        try:
            yield
        finally:
            self.caller = before

    # -- asking ---------------------------------------------------------------------------

    def act_for(self, person: Person) -> None:
        self.caller = Caller("Person", Role.EDITOR, person.id, person.groups)

    async def ask(self, method: str, path: str, **options: Any) -> str:
        """The whole of an answer, without what signs links and tells the time."""
        response = await self.http.request(method, path, **options)
        location = re.sub(r"\?.*", "", response.headers.get("location", ""))
        etag = response.headers.get("etag", "")
        return f"{response.status_code} {location} {etag}\n{_without_scores(_without_signatures(response.text))}"


def _without_scores(text: str) -> str:
    """Scores of words may differ: their statistics are those of the whole library."""
    return re.sub(r'"score":[0-9.e-]+', '"score":0', text)


def _without_signatures(text: str) -> str:
    return re.sub(r"\?(?:se|sv|sp|sig|expires|signature|sr|rscd|rsct|st|spr)=[^\"\s]*", "", text)


@contextmanager
def running_access_world(folder: Path) -> Iterator[AccessWorld]:
    """One world for many examples; its settings are those of this process meanwhile."""
    server = SearchServer(folder)
    with running_azurite(memory=True) as azurite, pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        server.start()
        try:
            environment = settings(azurite, "http://127.0.0.1:9", server.endpoint)
            environment |= {"AZURE_SEARCH_API_KEY": ADMIN_KEY, "EMBEDDING_DIMENSIONS": "4", "SEMANTIC_RANKER": "off"}
            environment |= {"IMAGE_EMBEDDING_MODEL": "images", "IMAGE_EMBEDDING_DIMENSIONS": "4",
                            "IMAGE_EMBEDDING_ENDPOINT": "http://127.0.0.1:9"}  # fmt: skip
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr("ingest.cached_count.COST_FACTOR", 1e9)  # `forget` ends it, and no clock
            forget_contexts()
            world = runner.run(_world(runner, patch))
            yield world
            runner.run(world.http.aclose())
            runner.run(world.services.close())
        finally:
            server.stop()
            forget_contexts()
            put_rules_in_force(RulesInForce())


async def _world(runner: asyncio.Runner, patch: pytest.MonkeyPatch) -> AccessWorld:
    clients, model = services(), Model()
    asked = set[str]()
    vars(clients)["models"], vars(clients)["image_model"] = model, ImagesAlike()
    app = Starlette(routes=[_starlette_route(route, asked) for route in ROUTES])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=60)
    world = AccessWorld(clients, model, http, runner.run, asked)

    async def authenticate(route: Route, request: Request) -> Caller:
        return NO_KEY if route.anonymous else world.caller

    async def nothing() -> None:
        """The rules are put in force by the test."""

    patch.setattr(entry, "authenticate", authenticate)
    patch.setattr(clients.catalogue, "refresh", nothing)
    patch.setattr(clients.catalogue, "check", nothing)
    names = ("storage", "failures", "trash", "edits", "moves", "collections", "jobs", "proposals", "shares", "index",
             "tickets", "job_queue")  # fmt: skip
    for store in (getattr(clients, each) for each in names):
        await store.ready()
    return world


def forget_contexts() -> None:
    """Let every context be made anew, of the settings of now."""
    for each in (services, catalogue_context, query_context, ingest_context, service_monitor, job_runner):
        each.cache_clear()


def _starlette_route(route: Route, asked: set[str]) -> StarletteRoute:
    path = "/" + re.sub(r"\{\*(\w+)\}", r"{\1:path}", route.path).lstrip("/")

    async def endpoint(request: Request) -> Response:
        response = await answer(route, request)
        if response.status_code < 400 or route.access is Access.CHANGE:
            asked.add(route.function)
        return response

    return StarletteRoute(path, endpoint, methods=[route.method], name=route.function)
