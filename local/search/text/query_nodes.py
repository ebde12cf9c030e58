"""The syntax tree of a text query, whichever of the two languages it was written in."""

from __future__ import annotations  # nodes hold nodes

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from local.search.errors import BadRequestError

MAX_CLAUSES = 1024
MAX_DEPTH = 60


class Occur(Enum):
    """How a clause counts, as in Lucene."""

    MUST = 1
    SHOULD = 2
    MUST_NOT = 3


@dataclass(frozen=True)
class TermNode:
    """One whitespace-free piece of text; analysis may make several terms of it, or none."""

    text: str


@dataclass(frozen=True)
class PrefixNode:
    """Terms that begin with this."""

    text: str


@dataclass(frozen=True)
class FuzzyNode:
    """A term within `distance` edits (0 to 2)."""

    text: str
    distance: int


@dataclass(frozen=True)
class RegexpNode:
    """A regular expression over whole terms."""

    regex: str


@dataclass(frozen=True)
class PhraseNode:
    """Words in order, at most `slop` moves apart."""

    text: str
    slop: int = 0


@dataclass(frozen=True)
class MatchAllNode:
    """Every document."""


@dataclass(frozen=True)
class FieldNode:
    """A part that looks at one field only."""

    field: str
    node: QueryNode


@dataclass(frozen=True)
class BoostNode:
    """A part whose score is multiplied."""

    node: QueryNode
    factor: float


@dataclass(frozen=True)
class BooleanNode:
    """Clauses that must, should or must not match."""

    clauses: tuple[tuple[Occur, QueryNode], ...]


LeafNode = TermNode | PrefixNode | FuzzyNode | RegexpNode | PhraseNode | MatchAllNode
QueryNode = LeafNode | FieldNode | BoostNode | BooleanNode


def leaves(node: QueryNode, field: str | None = None) -> Iterator[tuple[str | None, LeafNode]]:
    """Yield every leaf that a match can contain, with the field it is limited to."""
    if isinstance(node, BooleanNode):
        for occur, clause in node.clauses:
            if occur is not Occur.MUST_NOT:
                yield from leaves(clause, field)
    elif isinstance(node, FieldNode):
        yield from leaves(node.node, node.field)
    elif isinstance(node, BoostNode):
        yield from leaves(node.node, field)
    else:
        yield field, node


def check_size(clauses: int) -> None:
    """Refuse a query with too many clauses."""
    if clauses > MAX_CLAUSES:
        raise BadRequestError.for_parameter(
            f"Failed to parse query string: it has more than {MAX_CLAUSES} clauses.", "search"
        )


def check_depth(depth: int) -> None:
    """Refuse a query nested too deep."""
    if depth > MAX_DEPTH:
        raise BadRequestError.for_parameter("Failed to parse query string: it is nested too deep.", "search")
