"""What of a document exceeds the index is cut."""

from typing import Any

import pytest

from shared.photo import FIELDS as NAMES, Photo
from shared.search.limits import FIELDS, fit

TERM = 32_766


def test_what_fits_is_left_alone() -> None:
    document = Photo(id="a", path="ä.jpg", tags=["a", "b"], people=2, rating=-1, vector=[0.5]).to_document()

    assert fit(document) == document


@pytest.mark.parametrize("name", sorted(NAMES))
def test_no_field_of_any_kind_exceeds_what_the_index_takes(name: str) -> None:
    huge: dict[str, Any] = {
        "Edm.String": "\u4e2d" * 2_000_000,
        "Collection(Edm.String)": ["\U0001f600" * 20_000] * 5_000,
        "Edm.Int32": 3_000_000_000,
    }
    index = FIELDS.get(name, {"type": "Collection(Edm.Single)", "attributes": frozenset()})

    value = fit({name: huge.get(index["type"])})[name]

    assert value is None or index["type"] in huge
    if isinstance(value, int):
        assert -(2**31) <= value < 2**31
    for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
        assert 0 < len(text.encode()) <= (1_000_000 if index["attributes"] <= {"searchable"} else TERM)
        assert "\ufffd" not in text
    if isinstance(value, list):
        assert len(value) == 1_000


def test_lone_surrogates_become_question_marks() -> None:
    assert fit({"title": "a\ud83d", "tags": ["\udc00b"]}) == {"title": "a?", "tags": ["?b"]}
