"""Photos that come back to a list: to the places that they had, as far as these are known."""

import pytest

from catalogue.jobs.collect_actions import put_back


@pytest.mark.parametrize(
    ("photos", "returning", "order", "expected"),
    [
        ("ad", "cb", "abcd", "abcd"),
        ("bcd", "a", "abcd", "abcd"),
        ("abc", "d", "abcd", "abcd"),
        ("dba", "c", "abcd", "dbca"),  # ordered anew since: still behind the one that it followed
        ("ad", "c", "abcd", "acd"),  # the one that it followed is gone
        ("axyd", "bc", "abcd", "abcxyd"),  # others were added
        ("", "ba", "abcd", "ab"),
        ("abcd", "b", "abcd", "abcd"),  # somebody has put it back already
        ("ab", "dc", "", "abdc"),  # a job that kept no order
        ("ad", "zb", "abcd", "abdz"),
    ],
)
def test_photos_come_back_to_their_places(photos: str, returning: str, order: str, expected: str) -> None:
    assert "".join(put_back(photos, returning, order)) == expected
