"""`GET /api/search`."""

import httpx

from tests.query.fakes import hit
from tests.web.fake_services import FakeServices


async def test_a_page_has_a_total_hits_and_facets(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(1, digest="a", score=0.25), hit(2, digest="a"), hit(3, reranker=2.5, score=0.1)]
    services.index.facets = {"tags": [("dog", 2)], "taken_at": []}

    answer = await http.get("/api/search", params={"q": "dog"})

    body = answer.json()
    assert body.keys() == {"total", "photos", "facets"}
    assert body["total"] == 3
    assert [(each["path"], each["score"]) for each in body["photos"]] == [("1.jpg", 0.25), ("3.jpg", 2.5)]
    assert [each["path"] for each in body["photos"][0]["alike"]] == ["2.jpg"]
    assert body["facets"] == {"tags": [{"value": "dog", "count": 2}], "month": [], "year": []}
    assert answer.headers["content-encoding"] == "gzip"


async def test_dates_are_read_in_the_zone_of_the_header(http: httpx.AsyncClient, services: FakeServices) -> None:
    await http.get("/api/search", params={"taken_after": "2024-07-01"}, headers={"X-Timezone": "Europe/Zurich"})

    assert services.index.queries[0].filter == "taken_at ge 2024-06-30T22:00:00Z"
    answer = await http.get("/api/search", headers={"X-Timezone": "Mars"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "X-Timezone")


async def test_a_parameter_may_come_more_than_once(http: httpx.AsyncClient, services: FakeServices) -> None:
    await http.get("/api/search", params=[("tag", "a"), ("tag", "b")])

    assert str(services.index.queries[0].filter).count("tags/any") == 2
    assert (await http.get("/api/search", params={"tags": "a"})).json()["error"]["param"] == "tags"
