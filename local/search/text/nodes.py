"""A parsed text query, whichever language it was written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from local.search.errors import BadRequest

MOST_CLAUSES = 1024
DEEPEST = 60


class Occur(Enum):
    MUST = 1
    SHOULD = 2
    NOT = 3


@dataclass(frozen=True)
class Word:
    """One whitespace-free piece of text; analysis may make several terms of it, or none."""

    text: str


@dataclass(frozen=True)
class Prefix:
    text: str


@dataclass(frozen=True)
class Fuzzy:
    """A term within `distance` edits (0 to 2)."""

    text: str
    distance: int


@dataclass(frozen=True)
class Pattern:
    """A regular expression over whole terms."""

    regex: str


@dataclass(frozen=True)
class Phrase:
    """Words in order, at most `slop` moves apart."""

    text: str
    slop: int = 0


@dataclass(frozen=True)
class Everything:
    pass


@dataclass(frozen=True)
class Scoped:
    """A part that only looks at one field."""

    field: str
    node: Node


@dataclass(frozen=True)
class Boosted:
    node: Node
    factor: float


@dataclass(frozen=True)
class Clauses:
    parts: tuple[tuple[Occur, Node], ...]


Leaf = Word | Prefix | Fuzzy | Pattern | Phrase | Everything
Node = Leaf | Scoped | Boosted | Clauses


def leaves(node: Node, field: str | None = None) -> Iterator[tuple[str | None, Leaf]]:
    """Yield what a match should contain, each with the field it is limited to."""
    if isinstance(node, Clauses):
        for occur, part in node.parts:
            if occur is not Occur.NOT:
                yield from leaves(part, field)
    elif isinstance(node, Scoped):
        yield from leaves(node.node, node.field)
    elif isinstance(node, Boosted):
        yield from leaves(node.node, field)
    else:
        yield field, node


def check_size(parts: int) -> None:
    """Refuse a query with too many clauses."""
    if parts > MOST_CLAUSES:
        raise BadRequest.parameter(f"Failed to parse query string: it has more than {MOST_CLAUSES} clauses.", "search")


def check_depth(depth: int) -> None:
    """Refuse a query nested too deep."""
    if depth > DEEPEST:
        raise BadRequest.parameter("Failed to parse query string: it is nested too deep.", "search")
