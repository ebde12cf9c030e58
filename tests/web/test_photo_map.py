"""`GET /api/map`."""

import httpx
import pytest

from tests.query.fakes import hit
from tests.web.fake_services import FakeServices

ZURICH, BASEL = (8.54, 47.37), (7.59, 47.56)


async def test_photos_are_counted_by_cells_of_a_level(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(number) for number in range(5)]
    services.index.facets = {
        "geo_cell": [("u0", 3), ("u0q", 2), ("u0m", 1), ("u0qj9", 2), ("u0mqs", 1)],
        "country": [("", 2), ("Switzerland", 3)],
    }

    answer = (await http.get("/api/map", params={"level": "2", "country": "Switzerland"})).json()

    assert (answer["total"], answer["located"], answer["tiles"]) == (5, 3, None)
    assert [(each["cell"], each["count"]) for each in answer["cells"]] == [("u0q", 2), ("u0m", 1)]
    assert (answer["countries"], answer["cities"]) == ([{"value": "Switzerland", "count": 3}], [])
    west, south, east, north = answer["cells"][0]["bounds"]
    assert west < ZURICH[0] < east
    assert south < ZURICH[1] < north
    [query] = services.index.queries
    assert (query.filter, query.top) == ("country eq 'Switzerland'", 0)
    assert query.facets == ("geo_cell,count:0", "country,count:100", "city,count:100")


async def test_of_a_search_with_words_the_likely_photos_are_counted(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(1, location=ZURICH), hit(2, location=BASEL), hit(3)]

    answer = (await http.get("/api/map", params={"q": "lake", "level": "1"})).json()

    assert (answer["total"], answer["located"]) == (3, 2)
    assert [(each["cell"], each["count"]) for each in answer["cells"]] == [("u0", 2)]


@pytest.mark.parametrize(
    ("parameters", "param"), [({"level": "4"}, "level"), ({"bounds": "1,2"}, "bounds"), ({"colour": "x"}, "colour")]
)
async def test_what_makes_no_sense_is_refused(parameters: dict[str, str], param: str, http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/map", params=parameters)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
