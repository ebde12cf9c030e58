"""The client of the photo index, as the real SDK speaks to a scripted service."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from shared.access.caller import Caller, acting_for
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.roles import Role
from shared.access.rules import Rule, Rules
from shared.errors import BadPhoto, BadRequest, NotFound, Outage, PhotoError, SettingsError, Throttled, Transient
from shared.photo import Photo
from shared.search.index import RANKER_PAUSE, RETRY_OPTIONS, PhotoIndex
from shared.search.query import IndexQuery
from shared.search.results import IndexEntry
from shared.search.schema import index_definition
from tests.shared.scripted_server import Answer, Request, ScriptedServer, scripted_server

EXISTING = Answer(200, index_definition("photos", 2))
EMPTY = Answer(200, {"@odata.count": 0, "value": []})
QUERY = IndexQuery(text="dog", semantic=True)
SOME_ID = "5" * 32


@dataclass
class Setup:
    index: PhotoIndex
    server: ScriptedServer
    now: float = 1000.0

    def script(self, *answers: Answer) -> None:
        """What the service answers once the index is known to be there."""
        self.server.script(*answers)

    @property
    def requests(self) -> list[Request]:
        return self.server.requests


@asynccontextmanager
async def index(*answers: Answer, ready: bool = True, semantic: bool = True, retries: int = 0) -> AsyncIterator[Setup]:
    async with scripted_server(*([EXISTING] if ready else answers)) as server:
        key, options = AzureKeyCredential("k"), RETRY_OPTIONS | {"retry_total": retries}
        setup = Setup(
            PhotoIndex(
                SearchClient(server.url, "photos", key, **options),
                SearchIndexClient(server.url, key, **options),
                name="photos",
                dimensions=2,
                semantic=semantic,
                clock=lambda: setup.now,
            ),
            server,
        )
        if ready:
            await setup.index.ready()
            setup.script(*answers)
        try:
            yield setup
        finally:
            await setup.index.close()


def written(status: int = 200, message: str | None = None) -> Answer:
    """The answer to a write of one document: the request is fine, the document may not be."""
    value = [{"key": "a", "status": status < 300, "errorMessage": message, "statusCode": status}]
    return Answer(200 if status < 300 else 207, {"value": value})


def found(*documents: dict[str, Any], total: int | None = None) -> Answer:
    return Answer(200, {"@odata.count": len(documents) if total is None else total, "value": list(documents)})


def error(status: int, message: str = "no", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": "X", "message": message}}, named)


# -- the index itself ---------------------------------------------------------------------


async def test_a_missing_index_is_created_once() -> None:
    async with index(error(404), Answer(201, EXISTING.body), EMPTY, ready=False) as setup:
        await setup.index.ready()
        await setup.index.ready()

        assert [each.method for each in setup.requests] == ["GET", "PUT"]
        body = setup.requests[1].json()
        assert body["name"] == "photos"
        assert [each["dimensions"] for each in body["fields"] if each["name"] == "vector"] == [2]


async def test_an_index_that_fits_is_left_alone() -> None:
    async with index(EXISTING, ready=False) as setup:
        await setup.index.ready()

        assert [each.method for each in setup.requests] == ["GET"]


async def test_fields_that_are_missing_are_added_to_the_others() -> None:
    definition = index_definition("photos", 2)
    theirs = [each for each in definition["fields"] if each["name"] not in {"lens", "rights"}]
    theirs.append({"name": "mine", "type": "Edm.String", "retrievable": True})
    answers = (Answer(200, {**definition, "fields": theirs}), Answer(200, definition))
    async with index(*answers, ready=False) as setup:
        await setup.index.ready()

        names = [each["name"] for each in setup.requests[1].json()["fields"]]
        assert names[: len(theirs)] == [each["name"] for each in theirs]
        assert sorted(names[len(theirs) :]) == ["lens", "rights"]


async def test_an_index_ranked_by_other_fields_is_ranked_by_ours_and_keeps_configurations_of_others() -> None:
    definition = index_definition("photos", 2)
    fields = {"prioritizedContentFields": [{"fieldName": "caption"}]}
    configurations = [{"name": name, "prioritizedFields": fields} for name in ("photos", "mine")]
    theirs = {**definition, "semantic": {"defaultConfiguration": "mine", "configurations": configurations}}
    async with index(Answer(200, theirs), Answer(200, definition), ready=False) as setup:
        await setup.index.ready()

        semantic = setup.requests[1].json()["semantic"]
        assert semantic["defaultConfiguration"] == "mine"
        assert semantic["configurations"] == [configurations[1], *definition["semantic"]["configurations"]]


async def test_an_index_that_was_never_ranked_gets_our_ranking() -> None:
    definition = index_definition("photos", 2)
    async with index(Answer(200, {**definition, "semantic": None}), Answer(200, definition), ready=False) as setup:
        await setup.index.ready()

        assert setup.requests[1].json()["semantic"] == definition["semantic"]


async def test_an_index_that_contradicts_the_settings_names_the_setting() -> None:
    async with index(Answer(200, index_definition("photos", 3)), ready=False) as setup:
        with pytest.raises(SettingsError, match="EMBEDDING_DIMENSIONS is 2"):
            await setup.index.ready()


LACKING = Answer(200, {**EXISTING.body, "fields": [each for each in EXISTING.body["fields"] if each["name"] != "lens"]})
UNKNOWN_PROPERTY = (
    "The request is invalid. Details: The property 'lens' does not exist on type 'search.documentFields'."
)
UNKNOWN_COLUMN = "Invalid expression: Could not find a property named 'lens' on type 'search.document'."


@pytest.mark.parametrize(
    ("answers", "methods"),
    [
        ([EXISTING], ["GET"]),
        ([error(404), Answer(201, EXISTING.body)], ["GET", "PUT"]),
        ([LACKING, EXISTING], ["GET", "PUT"]),
    ],
)
async def test_the_check_looks_at_the_index_again_and_puts_it_right(answers: list[Answer], methods: list[str]) -> None:
    async with index(*answers) as setup:
        await setup.index.check_definition()

        assert [each.method for each in setup.requests] == methods
        assert unquote(setup.requests[0].target.split("?")[0]) == "/indexes('photos')"


async def test_the_check_also_asks_whether_documents_may_be_read() -> None:
    """Which takes another role than the definition."""
    async with index(EXISTING, Answer(200, "7"), EXISTING, error(403, "Authorization failed.")) as setup:
        await setup.index.check()
        assert setup.requests[-1].target.startswith("/indexes('photos')/docs/$count")

        with pytest.raises(Outage, match=r"refused our credentials: .*Authorization failed"):
            await setup.index.check()


@pytest.mark.parametrize("status", [400, 403])
async def test_fields_that_cannot_be_added_are_named(status: int) -> None:
    async with index(LACKING, error(status, "not allowed")) as setup:
        with pytest.raises(SettingsError, match=r"lacks the fields lens.*not allowed.*Search Service Contributor"):
            await setup.index.check_definition()


@pytest.mark.parametrize("message", [UNKNOWN_PROPERTY, UNKNOWN_COLUMN])
async def test_an_index_made_anew_with_fewer_fields_gets_them_on_the_next_use(message: str) -> None:
    async with index(error(400, message)) as setup:
        with pytest.raises(Transient, match="lacks a field, which will be added") as raised:
            await setup.index.put(Photo(id="a", path="a.jpg"))
        assert type(raised.value) is Transient

        setup.script(LACKING, EXISTING, written())
        await setup.index.put(Photo(id="a", path="a.jpg"))
        assert [each.method for each in setup.requests] == ["GET", "PUT", "POST"]


@pytest.mark.parametrize(
    ("status", "class_"),
    [
        (400, BadRequest),
        (401, Outage),
        (403, Outage),
        (404, NotFound),
        (409, Transient),
        (412, Transient),
        (429, Throttled),
        (500, Transient),
        (503, Transient),
    ],
)
async def test_errors_of_the_service_become_ours(status: int, class_: type[PhotoError]) -> None:
    async with index(error(status)) as setup:
        with pytest.raises(PhotoError, match="Azure AI Search") as raised:
            await setup.index.check_definition()

    assert type(raised.value) is class_


# -- writing ------------------------------------------------------------------------------


async def test_a_document_is_written_whole_changed_in_part_and_deleted() -> None:
    async with index(written()) as setup:
        await setup.index.put(Photo(id="a", path="a.jpg", location=(8.5, 47.25), vector=[0.5, 0.25]))
        await setup.index.touch("a", etag="e")
        await setup.index.delete("a")

        documents = [each.json()["value"][0] for each in setup.requests]
        assert [each.pop("@search.action") for each in documents] == ["upload", "merge", "delete"]
        assert documents[0]["path"] == "a.jpg"
        assert documents[0]["location"]["coordinates"] == [8.5, 47.25]
        assert documents[1:] == [{"id": "a", "etag": "e"}, {"id": "a"}]


@pytest.mark.parametrize(
    ("status", "class_"),
    [
        (400, BadRequest),
        (404, BadRequest),
        (409, Transient),
        (422, Transient),
        (429, Throttled),
        (500, Transient),
        (502, Transient),
        (503, Transient),
        (507, Transient),
    ],
)
async def test_the_status_of_the_document_within_a_207_counts(status: int, class_: type[PhotoError]) -> None:
    async with index(written(status, "the field is odd")) as setup:
        with pytest.raises(PhotoError, match=f"answered {status} for the document: the field is odd") as raised:
            await setup.index.put(Photo(id="a", path="a.jpg"))

    assert type(raised.value) is class_


def written_many(**statuses: int) -> Answer:
    """The answer to a write of several documents."""
    value = [
        {"key": key, "status": status < 300, "errorMessage": "no", "statusCode": status}
        for key, status in statuses.items()
    ]
    return Answer(207, {"value": value})


async def test_many_documents_are_changed_in_one_request_and_those_that_are_not_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with index(written_many(a=200, b=404)) as setup:
        assert await setup.index.merge([{"id": "a", "etag": "1"}, {"id": "b", "etag": "2"}]) == 1

        assert "answered 404 for b: no" in caplog.text
        [request] = setup.requests
        assert request.json()["value"] == [
            {"@search.action": "merge", "id": "a", "etag": "1"},
            {"@search.action": "merge", "id": "b", "etag": "2"},
        ]


@pytest.mark.parametrize("answer", [written(413), error(413)])
async def test_a_document_that_is_too_large_says_so(answer: Answer) -> None:
    async with index(answer) as setup:
        with pytest.raises(BadPhoto, match="more than the index can hold in one document"):
            await setup.index.put(Photo(id="a", path="a.jpg"))


async def test_a_document_is_cut_to_what_the_index_takes() -> None:
    async with index(written()) as setup:
        await setup.index.put(Photo(id="a", path="a.jpg", people=3_000_000_000, tags=["\u4e2d" * 40_000]))

        [document] = setup.requests[0].json()["value"]
        assert document["people"] == 2**31 - 1
        assert len(document["tags"][0].encode()) <= 32_766


@pytest.mark.parametrize(
    ("headers", "wait"), [({}, None), ({"Retry_After": "9"}, 9.0), ({"retry_after_ms": "1500"}, 1.5)]
)
async def test_a_throttled_write_states_its_wait(headers: dict[str, str], wait: float | None) -> None:
    async with index(error(429, **headers)) as setup:
        with pytest.raises(Throttled) as raised:
            await setup.index.delete("a")

    assert raised.value.wait == wait


# -- reading ------------------------------------------------------------------------------


async def test_one_photo_is_read_without_its_vector_unless_asked_for() -> None:
    async with index(Answer(200, {"id": "a", "path": "a.jpg", "vector": [1.0, 2.0]})) as setup:
        photo = await setup.index.get("a")
        await setup.index.get("a", with_vector=True)

        assert photo is not None
        assert (photo.id, photo.path) == ("a", "a.jpg")
        fields = [unquote(each.target).split("$select=")[1].split("&")[0].split(",") for each in setup.requests]
        assert "vector" not in fields[0]
        assert fields[1] == [*fields[0], "vector"]


async def test_a_photo_that_is_not_indexed_is_none() -> None:
    async with index(error(404)) as setup:
        assert await setup.index.get("a") is None


async def test_from_whom_photos_are_hidden_no_lookup_sends_one_that_they_do_not_see() -> None:
    rules = Rules((Rule(("person:anna",), folder="family"),))
    put_rules_in_force(RulesInForce(rules))
    seen = {"id": SOME_ID, "path": "family/a.jpg", "access_version": rules.version, "visible_to": ["person:anna"]}
    lost = seen | {"visible_to": []}  # since the search found it
    async with index(found(total=0), found(total=1), Answer(200, seen), found(total=1), Answer(200, lost)) as setup:
        with acting_for(Caller("Anna", Role.EDITOR, "anna")):
            photos = [await setup.index.get(id_) for id_ in (SOME_ID, SOME_ID, SOME_ID, "no id")]

        assert [photo and photo.path for photo in photos] == [None, "family/a.jpg", None, None]
        assert [each.method for each in setup.requests] == ["POST", "POST", "GET", "POST", "GET"]
        search = setup.requests[0].json()
        assert (search["filter"], search["top"]) == (
            f"(search.in(id, '{SOME_ID}', ',')) and (access_version eq '{rules.version}' and "
            "visible_to/any(each: search.in(each, 'person:anna', ',')))",
            0,
        )


async def test_who_sees_everything_looks_a_photo_up_at_once() -> None:
    put_rules_in_force(RulesInForce(Rules((Rule(("person:anna",), folder="family"),))))
    async with index(Answer(200, {"id": SOME_ID, "path": "family/a.jpg"})) as setup:
        with acting_for(Caller("admin", Role.ADMIN)):
            assert await setup.index.get(SOME_ID) is not None

        assert [each.method for each in setup.requests] == ["GET"]


async def test_a_search_sends_the_query_and_reads_the_hits() -> None:
    document = {"id": "a", "path": "a.jpg", "@search.score": 1.5, "@search.rerankerScore": 2.5}
    async with index(found(document, total=9)) as setup:
        results = await setup.index.search(QUERY)

        assert (results.total, [hit.photo.id for hit in results.hits]) == (9, ["a"])
        [request] = setup.requests
        assert unquote(request.target) == "/indexes('photos')/docs/search.post.search?api-version=2026-04-01"
        assert (request.method, request.json()["search"], request.json()["queryType"]) == ("POST", "dog", "semantic")
        assert "Accept: application/json;odata.metadata=none" in request.head


@pytest.mark.parametrize("query", [IndexQuery(text="dog"), IndexQuery(semantic=True)])
async def test_a_query_without_text_or_wish_is_not_ranked_semantically(query: IndexQuery) -> None:
    async with index(EMPTY) as setup:
        await setup.index.search(query)

        assert "queryType" not in setup.requests[0].json()


async def test_the_ranker_can_be_switched_off() -> None:
    async with index(EMPTY, semantic=False) as setup:
        await setup.index.search(QUERY)

        assert "queryType" not in setup.requests[0].json()


async def test_a_206_is_an_answer() -> None:
    async with index(Answer(206, {"@odata.count": 1, "value": [{"id": "a", "path": "a.jpg"}]})) as setup:
        assert (await setup.index.search(QUERY)).total == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Semantic search is not enabled for this service."),
        (402, "The free quota is used up."),
        (403, "semantic ranker is not allowed"),
        (429, "Too many SEMANTIC requests"),
    ],
)
async def test_a_refused_ranker_is_left_alone_for_an_hour(
    status: int, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with index(error(status, message), EMPTY) as setup:
        with caplog.at_level(logging.WARNING):
            await setup.index.search(QUERY)
        assert ["queryType" in each.json() for each in setup.requests] == [True, False]
        assert "semantic ranking is not available" in caplog.text

        setup.now += RANKER_PAUSE - 1
        await setup.index.search(QUERY)
        assert "queryType" not in setup.requests[-1].json()

        setup.now += 1
        await setup.index.search(QUERY)
        assert "queryType" in setup.requests[-1].json()


@pytest.mark.parametrize(
    ("status", "message", "class_"),
    [
        (400, "the filter is odd", BadRequest),
        (403, "no rights", Outage),
        (429, "busy", Throttled),
        (500, "semantic", Transient),
        (503, "semantic", Transient),
    ],
)
async def test_other_errors_do_not_switch_the_ranker_off(status: int, message: str, class_: type[PhotoError]) -> None:
    async with index(error(status, message)) as setup:
        with pytest.raises(PhotoError) as raised:
            await setup.index.search(QUERY)

        assert type(raised.value) is class_
        assert len(setup.requests) == 1
        setup.script(EMPTY)
        await setup.index.search(QUERY)
        assert "queryType" in setup.requests[0].json()


async def test_without_a_ranker_in_the_query_its_refusal_is_an_error() -> None:
    async with index(error(400, "semantic?")) as setup:
        with pytest.raises(BadRequest):
            await setup.index.search(IndexQuery(text="dog"))
        assert len(setup.requests) == 1


async def test_a_throttled_search_states_its_wait() -> None:
    async with index(error(429, Retry_After="4")) as setup:
        with pytest.raises(Throttled) as raised:
            await setup.index.search(IndexQuery(text="dog"))

    assert raised.value.wait == 4


@pytest.mark.parametrize("fault", ["broken", "garbage"])
async def test_a_search_whose_connection_breaks_is_sent_once_more(fault: Any) -> None:
    async with index(Answer(fault=fault), found({"id": "a", "path": "a.jpg"}), retries=2) as setup:
        assert (await setup.index.search(QUERY)).total == 1
        assert [each.json()["queryType"] for each in setup.requests] == ["semantic", "semantic"]


@pytest.mark.parametrize("fault", ["broken", "garbage"])
async def test_a_search_whose_connection_breaks_twice_is_an_outage(fault: Any) -> None:
    async with index(Answer(fault=fault), Answer(fault=fault), EMPTY, retries=2) as setup:
        with pytest.raises(Outage, match="cannot be reached"):
            await setup.index.search(QUERY)
        assert len(setup.requests) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"<html>a page of a proxy</html>"])
@pytest.mark.parametrize("type_", ["application/json", "text/html"])
async def test_an_answer_that_is_no_json_is_transient(body: bytes, type_: str) -> None:
    async with index(Answer(200, body, {"Content-Type": type_})) as setup:
        with pytest.raises(Transient, match="the answer to a search is no JSON"):
            await setup.index.search(QUERY)


async def test_wrong_credentials_for_a_search_are_an_outage() -> None:
    async with index(error(401)) as setup:
        with pytest.raises(Outage, match="credentials"):
            await setup.index.search(QUERY)


async def test_an_index_that_was_deleted_is_created_on_the_next_use() -> None:
    async with index(error(404)) as setup:
        with pytest.raises(Transient, match="the index photos is gone") as raised:
            await setup.index.search(QUERY)
        assert type(raised.value) is Transient

        setup.script(error(404), Answer(201, EXISTING.body), EMPTY)
        await setup.index.search(QUERY)
        assert [each.method for each in setup.requests] == ["GET", "PUT", "POST"]


async def test_counting_asks_for_no_documents() -> None:
    async with index(found(total=42)) as setup:
        assert await setup.index.count("people gt 1") == 42

        body = setup.requests[0].json()
        assert (body["filter"], body["top"]) == ("people gt 1", 0)


@pytest.mark.parametrize(("total", "answer"), [(0, False), (1, True)])
async def test_bytes_are_looked_for_in_other_photos(total: int, answer: bool) -> None:
    async with index(found(total=total)) as setup:
        assert await setup.index.holds("d1", besides="a") is answer
        assert setup.requests[0].json()["filter"] == "digest eq 'd1' and id ne 'a'"


ENTRY = {"id": "a", "path": "a.jpg", "etag": "e", "recipe": "r", "tokens": 9}


async def test_what_is_no_id_cannot_end_the_filter() -> None:
    hostile = ["x', ',')) or (id ne 'y", "b"]
    async with index(EMPTY, EMPTY) as setup:
        await setup.index.entries(hostile)
        await setup.index.get_many(hostile)

        filters = [request.json()["filter"] for request in setup.requests]
        assert filters == ["search.in(id, 'x'', '','')) or (id ne ''y,b', ',')"] * 2


async def test_entries_are_fetched_in_one_request() -> None:
    async with index(found(ENTRY)) as setup:
        assert await setup.index.entries(["a", "b"]) == {"a": IndexEntry("a", "a.jpg", "e", "r", 9)}

        body = setup.requests[0].json()
        assert (body["filter"], body["top"]) == ("search.in(id, 'a,b', ',')", 2)
        assert body["select"] == "id,path,etag,recipe,tokens,size_bytes,sidecar_digest,edits_state,embedded_text"


async def test_many_photos_are_fetched_in_one_request() -> None:
    async with index(found(ENTRY)) as setup:
        photos = await setup.index.get_many(["a", "b"])

        body = setup.requests[0].json()
        assert (photos["a"].path, list(photos)) == ("a.jpg", ["a"])
        assert (body["filter"], body["top"]) == ("search.in(id, 'a,b', ',')", 2)
        assert {"tags", "unedited", "embedded_text"} <= set(body["select"].split(","))
        assert "vector" not in body["select"].split(",")


async def test_digests_that_photos_have_are_found_even_behind_many_copies() -> None:
    first = ENTRY | {"digest": "d1"}
    async with index(found(first), found(first, total=2), found(total=1), found(total=0)) as setup:
        assert await setup.index.digests(["d1", "d2"]) == {"d1"}
        body = setup.requests[0].json()
        assert (body["filter"], body["top"]) == ("search.in(digest, 'd1,d2', ',')", 1000)

        assert await setup.index.digests(["d1", "d2"]) == {"d1", "d2"}
        assert await setup.index.digests([]) == set()


async def test_a_walk_goes_on_behind_the_last_id_until_a_page_is_not_full() -> None:
    first, second, third = (ENTRY | {"id": id_} for id_ in "abc")
    async with index(found(first, second), found(third)) as setup:
        ids = [entry.id async for entry in setup.index.walk("people gt 1", page=2)]

        assert ids == ["a", "b", "c"]
        bodies = [each.json() for each in setup.requests]
        assert [each["filter"] for each in bodies] == ["people gt 1", "people gt 1 and id gt 'b'"]
        assert {each["orderby"] for each in bodies} == {"id"}
        assert {each["top"] for each in bodies} == {2}


async def test_a_walk_over_everything_needs_no_filter() -> None:
    async with index(found(ENTRY), EMPTY) as setup:
        assert [entry.id async for entry in setup.index.walk()] == ["a"]

        assert len(setup.requests) == 1
        assert "filter" not in setup.requests[0].json()
        assert setup.requests[0].json()["top"] == 1000


async def test_a_copy_is_found_with_its_vector() -> None:
    texts = {"a": "t0", "other": "t1", "b": "t1"}
    copies = found(*({"id": id_, "path": id_, "embedded_text": text} for id_, text in texts.items()))

    def is_embedded(photo: Photo) -> bool:
        return photo.id != "other"

    async with index(copies, Answer(200, {"id": "b", "path": "b", "vector": [1.0, 2.0]})) as setup:
        copy = await setup.index.find_copy("d1", "t1", is_embedded=is_embedded)

        assert copy is not None
        assert (copy.id, copy.vector) == ("b", [1.0, 2.0])
        body = setup.requests[0].json()
        assert (body["filter"], body["top"]) == ("digest eq 'd1'", 1000)
        assert body["select"] == "id,path,recipe,embedding_recipe,embedded_text"
        assert "docs('b')" in setup.requests[1].target
        setup.script(copies)
        assert await setup.index.find_copy("d1", "t2", is_embedded=is_embedded) is None


async def test_a_photo_is_written_with_what_is_only_searched_of_it() -> None:
    async with index(written()) as setup:
        await setup.index.put(Photo(id="a", path="a.jpg", caption="Ein Café am See", caption_language="de"))

        [document] = setup.requests[0].json()["value"]
        assert (document["folded_words"], document["folded_texts"]) == ("cafe", ["ein cafe am see"])
        assert not [name for name in document if name.startswith("described_")]  # this index has no field for German


# -- writing at the same time -------------------------------------------------------------


def results(**statuses: int) -> Answer:
    """The answer to a write of several documents, by their ids."""
    value = [
        {"key": id_, "status": each < 300, "statusCode": each, "errorMessage": "no"} for id_, each in statuses.items()
    ]
    return Answer(200 if max(statuses.values()) < 300 else 207, {"value": value})


def actions(request: Request) -> list[tuple[str, str]]:
    return [(each["@search.action"], each["id"]) for each in request.json()["value"]]


@pytest.fixture
def none_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.search.index.ALONE_AFTER", math.inf)


async def write(setup: Setup, *ids: str) -> list[str]:
    """Put photos at the same time; the kind of error of each, in order."""
    writes = (setup.index.put(Photo(id=each, path=f"{each}.jpg")) for each in ids)
    done = await asyncio.gather(*writes, return_exceptions=True)
    return [type(each).__name__ if isinstance(each, BaseException) else "" for each in done]


async def test_whoever_writes_a_document_learns_whether_there_was_one() -> None:
    async with index(results(a=201), results(a=200)) as setup:
        assert await setup.index.put(Photo(id="a", path="a.jpg")) is True
        assert await setup.index.put(Photo(id="a", path="a.jpg")) is False


@pytest.mark.usefixtures("none_is_alone")
async def test_what_is_written_at_the_same_time_is_one_request() -> None:
    async with index(results(c=200, a=200, b=200)) as setup:
        await asyncio.gather(
            setup.index.put(Photo(id="a", path="a.jpg")), setup.index.touch("b", etag="1"), setup.index.delete("c")
        )

        [request] = setup.requests
        assert actions(request) == [("upload", "a"), ("merge", "b"), ("delete", "c")]


@pytest.mark.usefixtures("none_is_alone")
async def test_writes_of_one_document_keep_their_order_in_requests_of_their_own() -> None:
    async with index(results(a=200, b=200), results(a=200), results(a=200)) as setup:
        await asyncio.gather(
            setup.index.put(Photo(id="a", path="a.jpg")),
            setup.index.delete("a"),
            setup.index.delete("b"),
            setup.index.put(Photo(id="a", path="a.jpg")),
        )

        assert [actions(each) for each in setup.requests] == [
            [("upload", "a"), ("delete", "b")],
            [("delete", "a")],
            [("upload", "a")],
        ]


@pytest.mark.usefixtures("none_is_alone")
async def test_a_document_that_fails_is_its_own_callers_alone() -> None:
    async with index(results(a=200, b=503, c=400, d=429, e=413)) as setup:
        assert await write(setup, "a", "b", "c", "d", "e") == ["", "Transient", "BadRequest", "Throttled", "BadPhoto"]
        assert len(setup.requests) == 1


async def test_a_document_of_which_the_service_says_nothing_is_tried_again_later() -> None:
    async with index(results(a=200)) as setup:
        assert await write(setup, "a", "b") == ["", "Transient"]


@pytest.mark.usefixtures("none_is_alone")
async def test_a_throttled_request_is_made_once_for_all_whose_documents_it_has() -> None:
    async with index(error(429, retry_after="7")) as setup:
        assert await write(setup, "a", "b", "c") == ["Throttled"] * 3
        assert len(setup.requests) == 1


@pytest.mark.usefixtures("none_is_alone")
@pytest.mark.parametrize(("status", "kind"), [(413, "BadPhoto"), (400, "BadRequest")])
async def test_a_request_that_is_too_large_or_refused_is_halved_until_one_document_is_found(
    status: int, kind: str
) -> None:
    async with index(error(status), results(a=200, b=200), error(status), error(status), results(d=200)) as setup:
        assert await write(setup, "a", "b", "c", "d") == ["", "", kind, ""]
        assert [[id_ for _, id_ in actions(each)] for each in setup.requests] == [
            ["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["d"],
        ]  # fmt: skip


async def test_many_documents_that_are_too_large_for_one_request_are_written_in_several() -> None:
    async with index(error(413), results(a=200), results(b=200, c=200)) as setup:
        assert await setup.index.merge([{"id": each, "etag": "1"} for each in "abc"]) == 3
        assert [[id_ for _, id_ in actions(each)] for each in setup.requests] == [["a", "b", "c"], ["a"], ["b", "c"]]


@pytest.mark.usefixtures("none_is_alone")
async def test_who_gives_up_harms_no_other_and_what_comes_after_it_is_still_last() -> None:
    async with index(results(a=200, b=200), results(a=200)) as setup:
        given_up, other, last = (
            asyncio.ensure_future(each)
            for each in (
                setup.index.put(Photo(id="a", path="a.jpg")),
                setup.index.put(Photo(id="b", path="b.jpg")),
                setup.index.delete("a"),
            )
        )
        while not setup.requests:  # noqa: ASYNC110 - the server does not notify
            await asyncio.sleep(0)
        given_up.cancel()

        await asyncio.gather(other, last)

        assert [actions(each) for each in setup.requests] == [[("upload", "a"), ("upload", "b")], [("delete", "a")]]
