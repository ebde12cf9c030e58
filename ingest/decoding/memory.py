"""Memory that heavy decodes took goes back to the system: glibc keeps it in its arenas otherwise."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
LARGE = 32 * 1024 * 1024  # bytes from which on an allocation is mapped alone, and so goes back when it is freed
KEPT = 48 * 1024 * 1024  # free bytes at an arena's end that it may keep: the next picture needs them
ARENAS = 4
SWEEP_AFTER = 200_000_000  # bytes that decodes took since the arenas were last swept

HEAVY = 60_000_000  # bytes of one decode

_taken = 0


@cache
def _libc() -> ctypes.CDLL | None:
    """The C library, where it is glibc."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


def keep_arenas_small() -> None:
    """
    Tell glibc to share few arenas among its threads, and to keep little free memory in each.

    By itself it makes eight for every core, and adapts to the largest block that was ever freed.
    """
    library = _libc()
    if library:
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)
        library.mallopt(M_ARENA_MAX, ARENAS)


@contextmanager
def memory_given_back(needed: int) -> Iterator[None]:
    """
    Around a decode that takes about `needed` bytes: give the free memory of all arenas back to the system.

    Before and after a heavy one, and after ordinary ones now and then, as it costs a few milliseconds.
    """
    global _taken  # noqa: PLW0603  # a sum for the whole process; a lost addition does no harm
    if needed >= HEAVY:
        _sweep()
    try:
        yield
    finally:
        _taken += needed
        if needed >= HEAVY or _taken >= SWEEP_AFTER:
            _taken = 0
            _sweep()


def _sweep() -> None:
    library = _libc()
    if library:
        library.malloc_trim(0)
