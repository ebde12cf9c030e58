"""`/api/review`: its parameters, and what a page says. The order of the queue is tested on a real index."""

import httpx
import pytest

from shared.catalogue.definition import Catalogue, FieldDefinition
from shared.catalogue.in_force import put_in_force
from shared.photo import photo_id
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices


async def test_a_page_says_why_each_photo_is_in_the_queue(http: httpx.AsyncClient, services: FakeServices) -> None:
    put_in_force(Catalogue(fields=(FieldDefinition(name="number", type="string", required=True),)))
    services.index.hits = [hit(1, alt_text_faults=["opening"], title="A dog")]

    page = (await http.get("/api/review?top=1&folder=a")).json()

    assert page["counts"] == {"missing_fields": 1, "alt_text": 1, "tags": 0, "unreviewed": 1}
    assert page["next"] == f"missing_fields~~{photo_id('1.jpg')}"
    [photo] = page["photos"]
    assert (photo["title"], photo["reviewed"]) == ("A dog", False)
    assert photo["review"] == {
        "reason": "missing_fields",
        "missing_fields": ["number"],
        "alt_text": ["opening"],
        "tags": [],
    }
    assert all("folder eq 'a'" in str(query.filter) for query in services.index.queries)
    more = (await http.get("/api/review", params={"top": "1", "after": page["next"]})).json()
    assert more["counts"] == {}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("q=dog", "q"),
        ("sort=newest", "sort"),
        ("top=51", "top"),
        ("after=nonsense", "after"),
        ("nonsense=1", "nonsense"),
    ],
)
async def test_what_the_queue_does_not_take_is_refused(
    query: str, param: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await http.get(f"/api/review?{query}")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
