"""
Whether a photo is hidden or unknown takes the same work: the same requests to storage and to the index.

Times would tell more about this machine than about the app, so that requests are counted in their place.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.pipeline.transport import AioHttpTransport

from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.rules import parse_rules
from shared.photo import photo_id
from tests.access.libraries import Case, LibraryPhoto, Person
from tests.access.observations import CHANGES, OF_ONE_PHOTO, UNKNOWN, filled
from tests.access.world import AccessWorld, running_access_world

HIDDEN = {"indexed": "a/one.jpg", "failing": "a/two.jpg", "trashed": "a/three.jpg"}
PHOTOS = [LibraryPhoto(path, state, is_edited=True) for state, path in HIDDEN.items()]  # type: ignore[arg-type]
RULES = ({"folder": "a", "see": ["group:g1"]}, {"folder": "ab", "see": ["everyone"]})
CASE = Case((*PHOTOS, LibraryPhoto("ab/one.jpg", "indexed")), RULES, None, Person("p1", frozenset()))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccessWorld]:
    with running_access_world(tmp_path_factory.mktemp("timing")) as running:
        running.run(running.fill(CASE))
        running.run(running.services.collections.all())
        running.run(running.services.moves.are_kept())
        running.act_for(CASE.person)
        running.services.collections._read_at = float("inf")  # listings come now and then, whatever is asked
        yield running


@pytest.fixture(autouse=True)
def _rules(world: AccessWorld) -> None:
    put_rules_in_force(RulesInForce(parse_rules(CASE.access_json)))


class Requests:
    """How many requests the app sends, of which kind; not those for settings, made now and then, whatever is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        send = AioHttpTransport.send

        async def counted(transport: Any, request: Any, **options: Any) -> Any:
            address = request.url.partition("?")[0].rpartition("/")[0]
            if not address.endswith("/photo-settings"):
                self.sent.append(f"{request.method} {address}")
            return await send(transport, request, **options)

        monkeypatch.setattr(AioHttpTransport, "send", counted)

    def of(self, world: AccessWorld, method: str, path: str, body: Any) -> list[str]:
        self.sent.clear()
        answer = world.run(world.ask(method, path, json=body))
        assert answer.startswith(("404", "400", "200 ")), answer
        return [each.replace("//", "/") for each in self.sent]


@pytest.mark.parametrize("state", HIDDEN)
def test_hidden_photos_take_as_much_work_as_unknown_ones(
    state: str, world: AccessWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests, hidden = Requests(monkeypatch), photo_id(HIDDEN[state])

    for method, path, body in [*(("GET", f"/api/photos/{{id}}{part}", None) for part in OF_ONE_PHOTO), *CHANGES]:
        works = [requests.of(world, method, path.format(id=id_), filled(body, id_)) for id_ in (hidden, UNKNOWN)]
        assert len(works[0]) == len(works[1]), f"{method} {path}: {works}"
        assert works[0], f"{method} {path} asks nobody"


def test_hidden_files_take_as_much_work_as_unknown_ones(world: AccessWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = Requests(monkeypatch)

    for path in HIDDEN.values():
        works = [requests.of(world, "GET", f"/api/originals/{each}", None) for each in (path, "a/nothing.jpg")]
        assert len(works[0]) == len(works[1]) > 0
