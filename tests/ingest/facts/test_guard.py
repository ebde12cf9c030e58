"""What a file holds never raises; what we did wrong does."""

import struct
from collections.abc import Iterator
from functools import partial

import pytest

from ingest.facts.guard import Malformed, read_or_empty, until_broken


def broken(error: Exception) -> Iterator[int]:
    yield 1
    raise error


@pytest.mark.parametrize("error", [Malformed("bad"), struct.error("short")])
def test_a_broken_block_is_empty_and_what_came_before_counts(error: Exception) -> None:
    empty: list[int] = []

    assert read_or_empty("EXIF", partial(list, broken(error)), empty) == []
    assert list(until_broken("IPTC", broken(error))) == [1]


@pytest.mark.parametrize("error", [KeyError("a bug"), TypeError("a bug"), IndexError("a bug")])
def test_a_bug_of_ours_gets_out(error: Exception) -> None:
    empty: list[int] = []

    with pytest.raises(type(error)):
        read_or_empty("EXIF", partial(list, broken(error)), empty)
    with pytest.raises(type(error)):
        list(until_broken("IPTC", broken(error)))
