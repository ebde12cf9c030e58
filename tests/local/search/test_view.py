"""What searches see of an index: selections are worked out once, and again when the definition changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.search.index import SearchIndex
from local.search.schema.definition_parser import parse_definition

FIELDS = [
    {"name": "id", "type": "Edm.String", "key": True},
    {"name": "title", "type": "Edm.String"},
    {"name": "secret", "type": "Edm.String", "retrievable": False},
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    index = SearchIndex(parse_definition({"name": "photos", "fields": FIELDS}), tmp_path / "photos")
    yield index
    index.close()


def test_the_same_selection_is_worked_out_once(index: SearchIndex) -> None:
    with index.search_view() as view:
        everything, titles = view.projection(None), view.projection({"title"})

        assert view.projection({"title"}) is titles
        assert titles.apply({"id": "1", "title": "boat", "secret": "x"}) == {"title": "boat"}
        assert everything.apply({"id": "1", "secret": "x"}) == {"id": "1", "title": None}


def test_a_new_field_is_shown_as_soon_as_the_index_has_it(index: SearchIndex) -> None:
    with index.search_view() as view:
        view.projection(None)

    index.update_definition(
        parse_definition({"name": "photos", "fields": [*FIELDS, {"name": "tags", "type": "Collection(Edm.String)"}]})
    )

    with index.search_view() as view:
        assert view.projection(None).apply({"id": "1"}) == {"id": "1", "title": None, "tags": []}
