"""The header Range."""

import pytest

from web.byte_range import UnsatisfiableError, parse_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 9)),
        ("bytes=0-0", (0, 0)),
        ("bytes=3-5", (3, 5)),
        (" bytes=3-5 ", (3, 5)),
        ("bytes=9-9", (9, 9)),
        ("bytes=5-999999999999999999999999999999", (5, 9)),
        ("bytes=-1", (9, 9)),
        ("bytes=-10", (0, 9)),
        ("bytes=-999999999999999999999999999999", (0, 9)),
        ("bytes=000000000000000000000000000001-2", (1, 2)),
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-3", None),
        ("bytes=a-b", None),
        ("bytes=1-2,4-5", None),
        ("bytes=" + "0-0," * 500 + "0-0", None),
        ("bytes=0-" + "9" * 31, None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("bytes=\u0663-\u0665", None),
        ("bytes= 1-2", None),
        ("bytes=+1-2", None),
        ("BYTES=0-1", None),
        ("pixels=0-1", None),
        ("bytes=0-1\r\nX: y", None),
    ],
)
def test_a_range_is_what_rfc_9110_says_or_ignored(header: str | None, part: tuple[int, int] | None) -> None:
    assert parse_range(header, 10) == part


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0), ("bytes=0-0", 0)],
)
def test_a_range_behind_the_last_byte_cannot_be_had(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableError):
        parse_range(header, size)
