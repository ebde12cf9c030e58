"""
Whether a write was made whose answer was lost.

A client of storage sends it again, and that is refused, as the page has changed: by the first of the two. So a page
that counts names the last write of each process, and a process that is refused looks whether that is its own, before
it counts a second time.
"""

from collections.abc import Mapping
from uuid import uuid4

MOST = 300  # processes that a page names, those that wrote last


class OwnWrites:
    """The writes of one process to pages of one kind, which it makes one after the other."""

    def __init__(self) -> None:
        self._process = uuid4().hex[:12]
        self._number = 0

    def next(self) -> int:
        """The number of the next write."""
        self._number += 1
        return self._number

    def stamped(self, writers: Mapping[str, int], number: int) -> dict[str, int]:
        """The last writes of processes, as a page has them, with this one of ours."""
        others = [(process, last) for process, last in writers.items() if process != self._process]
        return dict([*others[1 - MOST :], (self._process, number)])

    def made(self, writers: Mapping[str, int], number: int) -> bool:
        """Whether a page, which was read after it, has this write."""
        return writers.get(self._process) == number
