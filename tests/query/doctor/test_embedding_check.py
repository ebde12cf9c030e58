"""What vectors say of the model and its server."""

import math

import pytest

from query.doctor.embedding_check import judge

A, B, C = [1.0, 0.1, 0.0], [0.0, 1.0, 0.1], [0.1, 0.0, 1.0]


def test_vectors_in_the_order_of_their_texts_are_fine() -> None:
    assert judge([A, B, C], [0.0, 2.0, 0.2]).state == "works"


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ([B, A, C], "another order"),
        ([A, B], "2 vectors came back for 3 texts"),
        ([B, B, B], "the same vector"),
        ([A, [0.0, 0.0, 0.0], C], "zero"),
        ([A, B, [math.nan, 0.0, 1.0]], "no numbers"),
    ],
)
def test_vectors_that_are_useless_are_missing(batch: list[list[float]], words: str) -> None:
    finding = judge(batch, B)

    assert finding.state == "missing"
    assert words in finding.detail
    assert finding.advice
