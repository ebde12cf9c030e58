"""From a parsed query to a tantivy query: every leaf is looked for in every field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import tantivy
from tantivy import Query

from local.search.errors import BadRequest
from local.search.text.nodes import (
    Boosted,
    Clauses,
    Everything,
    Fuzzy,
    Leaf,
    Node,
    Occur,
    Pattern,
    Phrase,
    Prefix,
    Scoped,
    Word,
)
from local.search.text.words import TextField, Words

NOTHING = Query.empty_query()  # there is something to look for, but nowhere
OCCURS = {
    Occur.MUST: tantivy.Occur.Must,
    Occur.SHOULD: tantivy.Occur.Should,
    Occur.NOT: tantivy.Occur.MustNot,
}


@dataclass(frozen=True)
class Compiler:
    """`fields` are searched by default, `weights` multiply a field's score, `match_all` joins split words."""

    words: Words
    fields: tuple[str, ...]
    match_all: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)

    def compile(self, node: Node, scope: str | None = None) -> Query | None:
        """Return the query, None where analysis leaves nothing to look for."""
        match node:
            case Clauses(parts):
                return self._clauses(parts, scope)
            case Boosted(inner, factor):
                query = self.compile(inner, scope)
                return None if query is None else Query.boost_query(query, factor)
            case Scoped(name, inner):
                return self.compile(inner, name)
            case Everything():
                return Query.all_query()
        return either(self._leaf_in(node, self._text_field(name)) for name in self._searched(scope))

    def _searched(self, scope: str | None) -> tuple[str, ...]:
        return (scope,) if scope else self.fields

    def _text_field(self, name: str) -> TextField:
        """Return a searchable field by path; BadRequest names one that is not."""
        found = self.words.fields.get(name)
        if found is None:
            raise BadRequest.parameter(
                f"The field '{name}' in the search field list is not searchable.", "searchFields"
            )
        return found

    def _clauses(self, parts: Iterable[tuple[Occur, Node]], scope: str | None) -> Query | None:
        compiled = [(OCCURS[occur], self.compile(node, scope)) for occur, node in parts]
        kept = [(occur, query) for occur, query in compiled if query is not None]
        return Query.boolean_query(kept) if kept else None

    def _leaf_in(self, leaf: Leaf, text: TextField) -> Query | None:
        query = self._bare(leaf, text)
        weight = self.weights.get(text.field.path, 1.0)
        return query if query is None or query is NOTHING or weight == 1.0 else Query.boost_query(query, weight)

    def _bare(self, leaf: Leaf, text: TextField) -> Query | None:
        schema, name = self.words.schema, text.name
        match leaf:
            case Word(said):
                return self._terms(text.terms(said), text)
            case Phrase(said, slop):
                return self._phrase(said, slop, text)
            case Prefix(said):
                return Query.fuzzy_term_query(schema, name, said.lower(), 0, prefix=True)
            case Fuzzy(said, distance):
                return Query.fuzzy_term_query(schema, name, said.lower(), distance)
            case Pattern(regex):
                return self._pattern(regex, text)
        return None

    def _terms(self, terms: list[str], text: TextField) -> Query | None:
        """
        One word may be several terms; the search mode says whether all of them are needed.

        Most words are in few of the fields: not to ask for those that are not saves half of the search.
        """
        there = [term for term in terms if self.words.holds(text.name, term)]
        if terms and (not there or (self.match_all and len(there) < len(terms))):
            return NOTHING
        queries = [Query.term_query(self.words.schema, text.name, term) for term in there]
        if len(queries) < 2:
            return queries[0] if queries else None
        occur = tantivy.Occur.Must if self.match_all else tantivy.Occur.Should
        return Query.boolean_query([(occur, query) for query in queries])

    def _phrase(self, said: str, slop: int, text: TextField) -> Query | None:
        tokens = text.searching.pre_tokenize(said).tokens
        if len(tokens) < 2:
            return self._terms([token.text for token in tokens], text)
        placed: list[str | tuple[int, str]] = [(token.position, token.text) for token in tokens]
        return Query.phrase_query(self.words.schema, text.name, placed, slop)

    def _pattern(self, regex: str, text: TextField) -> Query:
        try:
            return Query.regex_query(self.words.schema, text.name, regex)
        except ValueError as error:
            raise BadRequest.parameter(
                f"Failed to parse query string: '{regex}' is not a usable regular expression.", "search"
            ) from error


def either(queries: Iterable[Query | None]) -> Query | None:
    """Match any of the queries; the scores add up."""
    given = [query for query in queries if query is not None]
    kept = [query for query in given if query is not NOTHING]
    if len(kept) > 1:
        return Query.boolean_query([(tantivy.Occur.Should, query) for query in kept])
    if kept:
        return kept[0]
    return NOTHING if given else None


def wildcard(text: str) -> str:
    """Turn `*` and `?` into a regular expression over a whole term."""
    parts = {"*": ".*", "?": "."}
    return "".join(parts.get(char, re.escape(char)) for char in text.lower())
