"""`GET /api/search`."""

import httpx

from tests.query.fakes import hit
from tests.web.fake_services import FakeServices


async def test_a_page_has_a_total_hits_and_facets(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [
        hit(1, digest="a", score=0.25, tags=["dog"]), hit(2, digest="a", tags=["dog"]), hit(3, reranker=2.5, score=0.1)
    ]  # fmt: skip

    answer = await http.get("/api/search", params={"q": "dog"})

    body = answer.json()
    numbers = {"total", "total_is_exact", "less_likely", "stacked", "unmet"}
    assert body.keys() == {"photos", "facets", "interpreted", *numbers}
    assert body["interpreted"] == {"q": "dog", "filters": {}}
    assert (body["total"], body["stacked"]) == (3, 1)
    assert [(each["path"], each["score"]) for each in body["photos"]] == [("1.jpg", 0.25), ("3.jpg", 2.5)]
    assert [each["path"] for each in body["photos"][0]["alike"]] == ["2.jpg"]
    facets = body["facets"]
    assert (facets["tags"], facets["month"], facets["year"]) == ([{"value": "dog", "count": 2}], [], [])
    assert answer.headers["content-encoding"] == "gzip"


async def test_links_to_thumbnails_come_with_the_photos(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(1), hit(2)]
    ids = [each.photo.id for each in services.index.hits]

    body = (await http.get("/api/search", params={"links": "thumbnail"})).json()

    assert {"links": body["links"], "seconds": body["seconds"]} == (
        await http.post("/api/links", json={"ids": ids})
    ).json()
    assert "links" not in (await http.get("/api/search", params={"links": ""})).json()
    refused = await http.get("/api/search", params={"links": "original"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "links")


async def test_days_are_the_same_for_every_reader(http: httpx.AsyncClient, services: FakeServices) -> None:
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        await http.get("/api/search", params={"taken_after": "2024-07-01"}, headers={"X-Timezone": zone})

    assert {query.filter for query in services.index.queries} == {"taken_local ge 2024-07-01T00:00:00Z"}


async def test_an_offset_may_have_lost_its_plus_on_the_way(http: httpx.AsyncClient, services: FakeServices) -> None:
    await http.get("/api/search?taken_before=2024-07-01T08:00:00+02:00")

    assert "taken_at lt 2024-07-01T06:00:00Z" in str(services.index.queries[0].filter)


async def test_a_parameter_may_come_more_than_once(http: httpx.AsyncClient, services: FakeServices) -> None:
    await http.get("/api/search", params=[("tag", "a"), ("tag", "b")])

    assert str(services.index.queries[0].filter).count("tags/any") == 2
    assert (await http.get("/api/search", params={"tags": "a"})).json()["error"]["param"] == "tags"
