"""`/api/vocabulary`: read and replaced, whole or not at all."""

import httpx
import pytest

from shared.catalogue.in_force import put_vocabulary_in_force, vocabulary
from tests.shared.catalogue.test_vocabulary import ANIMALS
from tests.web.fake_services import FakeServices

FORMATS = [("csv", "text/csv"), ("skos", "application/rdf+xml"), ("turtle", "text/turtle")]


@pytest.mark.parametrize(("format_", "media_type"), FORMATS)
async def test_what_is_read_can_be_put_back(http: httpx.AsyncClient, format_: str, media_type: str) -> None:
    put_vocabulary_in_force(ANIMALS)

    read = await http.get("/api/vocabulary", params={"format": format_})
    assert read.headers["content-type"].startswith(media_type)
    written = await http.put("/api/vocabulary", params={"format": format_}, content=read.content)

    same = {"added": [], "changed": [], "removed": [], "asks_anew": False}
    assert written.json() == {"dry_run": False, "terms": 6, "chosen_by_model": True, **same}
    assert vocabulary() == ANIMALS
    assert (await http.get("/api/vocabulary")).json()["terms"][2]["synonyms"] == ["Hund", "hound"]


async def test_tags_are_of_the_language_that_the_library_is_described_in(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    put_vocabulary_in_force(ANIMALS)
    services.settings = services.settings.model_copy(update={"caption_language": "de"})

    turtle = await http.get("/api/vocabulary", params={"format": "turtle"})
    xml = await http.get("/api/vocabulary", params={"format": "skos"})

    assert '"@de' in turtle.text
    assert 'xml:lang="de"' in xml.text
    assert "@en" not in turtle.text


async def test_another_vocabulary_is_tried_before_it_is_in_force(http: httpx.AsyncClient) -> None:
    put_vocabulary_in_force(ANIMALS)
    table = "tag,synonyms\nanimal,beast\nlion,\n"

    answer = await http.put("/api/vocabulary", params={"format": "csv", "dry_run": "true"}, content=table)

    tried = answer.json()
    assert (tried["dry_run"], tried["terms"], tried["asks_anew"]) == (True, 2, True)
    assert (tried["added"], tried["changed"]) == (["lion"], ["animal"])
    assert set(tried["removed"]) == {each.tag for each in ANIMALS.terms} - {"animal"}
    assert vocabulary() == ANIMALS


async def test_a_lost_race_is_412(http: httpx.AsyncClient, services: FakeServices) -> None:
    body = ANIMALS.model_dump_json()
    assert (await http.put("/api/vocabulary", content=body, headers={"If-Match": "*"})).status_code == 412
    etag = (await http.put("/api/vocabulary", content=body)).headers["etag"]

    assert (await http.put("/api/vocabulary", content=body, headers={"If-Match": '"other"'})).status_code == 412
    assert (await http.put("/api/vocabulary", content=body, headers={"If-Match": "nonsense"})).status_code == 412
    assert (await http.put("/api/vocabulary", content=body, headers={"If-Match": etag})).status_code == 200
    assert (await http.put("/api/vocabulary", content=body, headers={"If-Match": "*"})).status_code == 200
    assert (await http.get("/api/vocabulary")).headers["etag"] == etag


@pytest.mark.parametrize(
    ("format_", "body", "words"),
    [
        ("json", '{"terms": [{"tag": "a", "broader": ["a"]}]}', "a > a: a term cannot be broader than itself"),
        ("json", "[]", "this is no vocabulary"),
        ("json", "{}", "terms is missing"),
        ("csv", "tag,broader\na,b\n", "a has the broader term 'b'"),
        ("skos", "<a/>", "rdf:RDF"),
        ("turtle", "<a> <b>", "line 1: a value is expected"),
        ("xls", "", "format must be json, csv, skos or turtle"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(
    http: httpx.AsyncClient, format_: str, body: str, words: str
) -> None:
    put_vocabulary_in_force(ANIMALS)

    answer = await http.put("/api/vocabulary", params={"format": format_}, content=body)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert vocabulary() == ANIMALS
