"""Reads of foreign bytes kept apart: a broken block costs its own facts and nothing else."""

import logging
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from shared.log_text import error_label

log = logging.getLogger(__name__)
T = TypeVar("T")


class Malformed(ValueError):
    """A block of metadata that isn't what it claims to be."""


# All that a reader of ours raises for what a file holds; anything else is a bug of ours and gets out.
BROKEN = (Malformed, struct.error, zlib.error)


def read_or_empty(block: str, read: Callable[[], T], empty: T) -> T:
    """What `read` returns, or `empty` if the block is broken."""
    try:
        return read()
    except BROKEN as error:
        log.info("skipped a broken block of %s: %s", block, error_label(error))
        return empty


def until_broken(block: str, parts: Iterator[T]) -> Iterator[T]:
    """The parts that come before the first broken one."""
    try:
        yield from parts
    except BROKEN as error:
        log.info("read a broken block of %s in part: %s", block, error_label(error))
