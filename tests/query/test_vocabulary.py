"""A vocabulary through the running app: synonyms find, and broader terms find what they include."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.world import World

MANY = [{"tag": f"kind {number}", "broader": ["animal"]} for number in range(60)]
TERMS: list[dict[str, Any]] = [
    {"tag": "animal"},
    {"tag": "dog", "synonyms": ["hound"], "broader": ["animal"]},
    {"tag": "cat", "broader": ["animal"]},
]


@pytest.fixture(params=[[], MANY], ids=["few", "many"])
def _vocabulary(world: World, request: pytest.FixtureRequest) -> Iterator[None]:
    result = world.http.put("/api/vocabulary", json={"terms": TERMS + request.param}).json()
    assert (result["terms"], result["chosen_by_model"]) == (3 + len(request.param), True)
    yield
    assert world.http.put("/api/vocabulary", json={"terms": []}).status_code == 200


@pytest.mark.usefixtures("_vocabulary")
def test_filters_and_words_find_what_is_meant(world: World) -> None:
    def names(**parameters: str) -> set[str]:
        photos = world.get("/api/search", top=50, **parameters)["photos"]
        return {photo["path"].rpartition("/")[2].partition(".")[0] for photo in photos}

    assert names(tag="hound") == names(any_tag="HOUNDS") == {"DSC_0201"}
    assert names(tag="animals") == {"DSC_0201", "cat"}
    assert names(tag="animal,snow") == {"DSC_0201"}
    assert {"DSC_0201"} <= names(q="hound", mode="keyword")
    assert {"DSC_0201"} <= names(q="hound", sort="newest")
    assert len(world.get("/api/vocabulary")["terms"]) >= 3


def test_a_cycle_is_refused_and_nothing_is_changed(world: World) -> None:
    answer = world.http.put("/api/vocabulary?format=csv", content=b"tag,broader\na,b\nb,a\n")

    assert answer.status_code == 400
    assert "a > b > a: a term cannot be broader than itself" in answer.json()["error"]["message"]
    assert world.get("/api/vocabulary") == {"terms": []}
