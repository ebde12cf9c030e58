"""`/api/access`: rules are checked, put in force, and followed by documents."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from catalogue.collecting import change_photos, delete_collection
from shared.access.caller import Caller, acting_for
from shared.access.in_force import RulesInForce, put_rules_in_force, rules_in_force
from shared.access.roles import Role
from shared.access.rules import CLOSED, NO_RULES, Rule, Rules
from shared.errors import InsufficientRights, NotFound
from shared.granted_documents import follow_collections
from shared.photo import photo_id
from shared.search.results import IndexEntry
from shared.stores.collections import Collection
from shared.stores.jobs import RULES_TURN
from tests.catalogue.fakes import FakeCollections
from tests.web.fake_services import FakeServices
from web.collections import with_hidden

A, B, C = (photo_id(f"{name}.jpg") for name in "abc")
LIST = Collection(id="c" * 32, name="Rome", photos=(A, B))
SEARCH = Collection(id="d" * 32, name="Beaches", search={"q": "beach"}, query={"q": "beach", "filters": {}})
FOLDER = {"folder": "family", "see": ["group:staff"]}


async def test_rules_are_read_as_they_are_in_force(http: httpx.AsyncClient, services: FakeServices) -> None:
    empty = await http.get("/api/access")
    written = await http.put("/api/access", json={"rules": [FOLDER]})
    read = await http.get("/api/access")

    assert empty.json() == {"rules": [], "fault": "", "photos": 0, "left": 0}
    assert (written.status_code, written.json(), written.headers["etag"]) == (200, read.json(), read.headers["etag"])
    assert read.json()["rules"] == [FOLDER]
    assert services.job_queue.sent == [(RULES_TURN, 0)]
    assert rules_in_force().earlier == (NO_RULES,)


async def test_what_is_wrong_with_the_file_is_said(http: httpx.AsyncClient, services: FakeServices) -> None:
    put_rules_in_force(RulesInForce(CLOSED))
    services.catalogue.access.fault = "access.json is not used: rule 1: no"

    assert (await http.get("/api/access")).json()["fault"] == "access.json is not used: rule 1: no"
    assert services.catalogue.access.fault in (await http.get("/api/status")).json()["warnings"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"folder": "a", "see": ["anna"]}], "rule 1: 'anna' is nobody: write everyone, group:ID, person:ID or"),
        ([FOLDER, {"collection": "e" * 32, "see": []}], f"rule 2: there is no collection {'e' * 32}"),
        ([{"collection": SEARCH.id, "see": []}], "rule 1: the collection 'Beaches' fills itself by a search"),
    ],
)
async def test_rules_that_are_wrong_change_nothing(
    rules: list[dict[str, Any]], message: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.collections.records |= {each.id: each for each in (LIST, SEARCH)}

    response = await http.put("/api/access", json={"rules": rules})

    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
    assert rules_in_force().rules == NO_RULES


async def test_two_people_do_not_write_over_each_other(http: httpx.AsyncClient, services: FakeServices) -> None:
    assert (await http.put("/api/access", json={"rules": []}, headers={"If-Match": "*"})).status_code == 412
    etag = (await http.put("/api/access", json={"rules": [FOLDER]})).headers["etag"]

    assert (await http.put("/api/access", json={"rules": []}, headers={"If-Match": '"old"'})).status_code == 412
    assert (await http.put("/api/access", json={"rules": []}, headers={"If-Match": etag})).status_code == 200


# -- collections that rules name ----------------------------------------------------------


class Documents:
    """An index that remembers what was written into it, and when."""

    def __init__(self, collections: FakeCollections) -> None:
        self.collections = collections
        self.writes: list[tuple[dict[str, list[str]], tuple[str, ...]]] = []

    async def entries(self, ids: Sequence[str]) -> dict[str, IndexEntry]:
        return {id_: IndexEntry(id_, "x/a.jpg", "", "", 0) for id_ in ids}

    async def merge(self, documents: Sequence[Mapping[str, Any]]) -> int:
        stored = self.collections.records.get(LIST.id)
        visible = {each["id"]: each["visible_to"] for each in documents}
        self.writes.append((visible, stored.photos if stored else ()))
        return len(documents)


@pytest.fixture
def shown() -> tuple[FakeCollections, Any]:
    """A collection that a rule shows to staff."""
    put_rules_in_force(RulesInForce(Rules((Rule(("group:staff",), collection=LIST.id),))))
    collections = FakeCollections({LIST.id: LIST})
    return collections, Documents(collections)


async def test_who_leaves_a_collection_is_hidden_before_it_has_left(shown: tuple[Any, Any]) -> None:
    collections, index = shown

    await change_photos(LIST.id, lambda _: (A,), collections=collections, index=index)
    await delete_collection(LIST.id, collections=collections, index=index)

    assert index.writes[0] == ({B: []}, (A, B))
    assert index.writes[1] == ({B: []}, (A,))
    assert index.writes[2] == ({A: []}, (A,))


async def test_who_comes_into_a_collection_is_shown_once_it_has_come(shown: tuple[Any, Any]) -> None:
    collections, index = shown

    await change_photos(LIST.id, lambda before: (*before, C), collections=collections, index=index)

    assert index.writes == [({C: ["group:staff"]}, (A, B, C))]


async def test_a_change_that_fails_takes_nothing_from_anybody(shown: tuple[Any, Any]) -> None:
    collections, index = shown

    async def update(*_: Any, **__: Any) -> None:
        raise NotFound("gone")

    collections.update = update
    with pytest.raises(NotFound):
        await change_photos(LIST.id, lambda _: (A,), collections=collections, index=index)
    assert [visible for visible, _ in index.writes] == [{B: []}, {B: ["group:staff"]}]


async def test_only_editors_change_who_sees_a_photo_by_a_collection(shown: tuple[Any, Any]) -> None:
    collections, index = shown

    with acting_for(Caller("anna", Role.CONTRIBUTOR)), pytest.raises(InsufficientRights, match="only editors"):
        await change_photos(LIST.id, lambda before: (*before, C), collections=collections, index=index)
    with acting_for(Caller("ben", Role.EDITOR)):
        await change_photos(LIST.id, lambda before: (*before, C), collections=collections, index=index)
    assert collections.records[LIST.id].photos == (A, B, C)


async def test_collections_that_change_meanwhile_are_told_once_more(shown: tuple[Any, Any]) -> None:
    collections, index = shown
    merge = index.merge

    async def leave(documents: Sequence[Mapping[str, Any]]) -> int:
        count: int = await merge(documents)
        collections.records[LIST.id] = Collection(id=LIST.id, name="Rome", photos=(B,))
        return count

    index.merge = leave
    await follow_collections([A, B], collections, index)

    assert [visible for visible, _ in index.writes] == [{A: ["group:staff"], B: ["group:staff"]}, {A: []}]


def test_hidden_photos_keep_their_places_whatever_others_order() -> None:
    assert with_hidden([A, "h", B], [B, A], {"h"}) == [B, "h", A]
    assert with_hidden(["h", A], [], {"h"}) == ["h"]
    assert with_hidden([A, B], [C], frozenset()) == [C]
    assert with_hidden([A, "h"], ["h", A], {"h"}) == [A, "h"]
