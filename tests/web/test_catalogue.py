"""`/api/catalogue`: the fields of a library's own, read and replaced, and what another file would change."""

import json

import httpx
import pytest

from shared.catalogue.in_force import EMPTY, catalogue, put_in_force
from tests.shared.catalogue.definitions import content, shop
from tests.web.fake_services import FakeServices

WEIGHT = {"name": "weight", "type": "number"}


async def test_what_is_read_tells_all_that_a_file_does(http: httpx.AsyncClient) -> None:
    put_in_force(shop())

    read = (await http.get("/api/catalogue")).json()["fields"]

    written = [{name: value for name, value in field.items() if name != "filled_by_model"} for field in read]
    answer = await http.put("/api/catalogue", json={"fields": written})
    assert (answer.json()["changed"], answer.json()["asks_anew"]) == ([], False)
    assert catalogue() == shop()


async def test_another_file_is_tried_before_it_is_in_force(http: httpx.AsyncClient) -> None:
    put_in_force(shop())
    *fields, last = json.loads(content(facet=False))["fields"]
    body = {"fields": [WEIGHT, *fields]}

    tried = (await http.put("/api/catalogue", params={"dry_run": "true"}, json=body)).json()
    assert (tried["dry_run"], tried["asks_anew"]) == (True, False)
    assert (tried["added"], tried["changed"], tried["removed"]) == (["weight"], ["product_type"], [last["name"]])
    assert catalogue() == shop()
    done = (await http.put("/api/catalogue", json=body)).json()

    assert done == tried | {"dry_run": False}
    assert [each["name"] for each in done["fields"]] == list(catalogue().by_name)
    assert "weight" in catalogue().by_name


async def test_it_is_said_that_the_model_is_asked_something_else(http: httpx.AsyncClient) -> None:
    put_in_force(shop())

    answer = await http.put("/api/catalogue", params={"dry_run": "true"}, json={"fields": []})

    assert answer.json()["removed"] == list(shop().by_name)
    assert answer.json()["asks_anew"]


@pytest.mark.parametrize("dry_run", ["true", "false"])
async def test_what_is_wrong_is_named_and_changes_nothing(http: httpx.AsyncClient, dry_run: str) -> None:
    put_in_force(shop())
    body = {"fields": [WEIGHT | {"type": "money"}]}

    answer = await http.put("/api/catalogue", params={"dry_run": dry_run}, json=body)

    assert answer.status_code == 400
    assert "fields[0].type" in answer.json()["error"]["message"]
    assert catalogue() == shop()


async def test_fields_that_the_index_cannot_hold_are_refused_before(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.full = "the field weight cannot change its type"

    answer = await http.put("/api/catalogue", params={"dry_run": "true"}, json={"fields": [WEIGHT]})

    assert answer.status_code == 400
    assert "cannot change its type" in answer.json()["error"]["message"]
    assert catalogue() == EMPTY


async def test_of_two_who_replace_the_fields_the_later_one_is_told(http: httpx.AsyncClient) -> None:
    body = {"fields": [WEIGHT]}
    assert (await http.put("/api/catalogue", json=body, headers={"If-Match": "*"})).status_code == 412
    etag = (await http.put("/api/catalogue", json=body)).headers["etag"]
    assert (await http.get("/api/catalogue")).headers["etag"] == etag

    assert (await http.put("/api/catalogue", json={"fields": []}, headers={"If-Match": '"older"'})).status_code == 412
    assert (await http.put("/api/catalogue", json={"fields": []}, headers={"If-Match": etag})).status_code == 200
