"""The header Range, as far as one part of a picture is asked for."""

import re

RANGE = re.compile(r"bytes=([0-9]{0,30})-([0-9]{0,30})")


class UnsatisfiableError(Exception):
    """The range begins behind the last byte."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """
    The first and last byte that are asked for, within the size; None for all of them.

    A header that is malformed, or asks for several ranges, is ignored, as RFC 9110 allows.
    """
    match = RANGE.fullmatch((header or "").strip())
    if not match or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
        if match[2] and int(match[2]) < first:
            return None
    if first >= size:
        raise UnsatisfiableError
    return first, last
