"""Compile a parsed query into a tantivy query: every leaf is looked for in every field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field

import tantivy
from tantivy import Query

from local.search.errors import BadRequestError
from local.search.text.analyzers import Analyzer
from local.search.text.query_nodes import (
    BooleanNode,
    BoostNode,
    FieldNode,
    FuzzyNode,
    LeafNode,
    MatchAllNode,
    Occur,
    PhraseNode,
    PrefixNode,
    QueryNode,
    RegexpNode,
    TermNode,
)
from local.search.text.text_index import TextField, TextIndex

CACHE_SIZE = 5000  # leaves
MATCH_NOTHING = Query.empty_query()  # there is something to look for, but no document has it
OCCURS = {
    Occur.MUST: tantivy.Occur.Must,
    Occur.SHOULD: tantivy.Occur.Should,
    Occur.MUST_NOT: tantivy.Occur.MustNot,
}


@dataclass(frozen=True)
class QueryCompiler:
    """
    `fields` are searched by default, and `weights` multiply the score of a field.

    `match_all` says whether a word that analysis splits needs all its terms.
    """

    text_index: TextIndex
    fields: tuple[str, ...]
    match_all: bool = False
    weights: Mapping[str, float] = dataclass_field(default_factory=dict)

    def compile(self, node: QueryNode, field_path: str | None = None) -> Query | None:
        """Return the query, None where analysis leaves nothing to look for."""
        match node:
            case BooleanNode(clauses):
                return self._clauses(clauses, field_path)
            case BoostNode(inner, factor):
                query = self.compile(inner, field_path)
                return None if query is None else Query.boost_query(query, factor)
            case FieldNode(name, inner):
                return self.compile(inner, name)
            case MatchAllNode():
                return Query.all_query()
        return match_any(self._leaf(node, field_path))

    def _leaf(self, leaf: LeafNode, field_path: str | None) -> tuple[Query, ...]:
        """
        One leaf in each of the fields; kept until the next commit, as searches ask for the same words in turn.

        Empty where analysis leaves nothing to look for.
        """
        paths = self._field_paths(field_path)
        weights = tuple(sorted(self.weights.items()))
        key = (leaf, paths, self.match_all, weights)
        compiled = self.text_index.compiled
        if key not in compiled:
            if len(compiled) >= CACHE_SIZE:
                compiled.clear()
            fields, keys = [self._text_field(name) for name in paths], [key]
            if isinstance(leaf, TermNode):
                terms = terms_by_analyzer(leaf.text, fields)
                found = [(self._terms(terms[each.searching], each), each) for each in fields]
                if all(len(each) < 2 for each in terms.values()):  # both search modes look for the same
                    keys.append((leaf, paths, not self.match_all, weights))
            else:
                found = [(self._unweighted(leaf, each), each) for each in fields]
            queries = alternatives(self._weighted(query, each) for query, each in found)
            compiled.update(dict.fromkeys(keys, queries))
        return compiled[key]

    def _field_paths(self, field_path: str | None) -> tuple[str, ...]:
        return (field_path,) if field_path else self.fields

    def _text_field(self, name: str) -> TextField:
        """Return a searchable field by path; BadRequestError names one that is not searchable."""
        field = self.text_index.fields.get(name)
        if field is None:
            raise BadRequestError.for_parameter(
                f"The field '{name}' in the search field list is not searchable.", "searchFields"
            )
        return field

    def _clauses(self, clauses: Sequence[tuple[Occur, QueryNode]], field_path: str | None) -> Query | None:
        words = [node for occur, node in clauses if occur is Occur.SHOULD and isinstance(node, TermNode | PhraseNode)]
        if len(words) == len(clauses):  # any word in any field: in one list, tantivy finds them a third faster
            return match_any(query for word in words for query in self._leaf(word, field_path))
        compiled = [(OCCURS[occur], self.compile(node, field_path)) for occur, node in clauses]
        queries = [(occur, query) for occur, query in compiled if query is not None]
        return Query.boolean_query(queries) if queries else None

    def _weighted(self, query: Query | None, field: TextField) -> Query | None:
        weight = self.weights.get(field.field.path, 1.0)
        return query if query is None or query is MATCH_NOTHING or weight == 1.0 else Query.boost_query(query, weight)

    def _unweighted(self, leaf: LeafNode, field: TextField) -> Query | None:
        schema, name = self.text_index.schema, field.name
        match leaf:
            case PhraseNode(text, slop):
                return self._phrase(text, slop, field)
            case PrefixNode(text):
                return Query.fuzzy_term_query(schema, name, text.lower(), 0, prefix=True)
            case FuzzyNode(text, distance):
                return Query.fuzzy_term_query(schema, name, text.lower(), distance)
            case RegexpNode(regex):
                return self._regexp(regex, field)
        return None

    def _terms(self, terms: list[str], field: TextField) -> Query | None:
        """
        One word may be several terms; the search mode says whether all of them are needed.

        Most words occur in few of the fields. Leaving out those that don't have them saves half of the search.
        """
        indexed = [term for term in terms if self.text_index.has_term(field.name, term)]
        if terms and (not indexed or (self.match_all and len(indexed) < len(terms))):
            return MATCH_NOTHING
        queries = [Query.term_query(self.text_index.schema, field.name, term) for term in indexed]
        if len(queries) < 2:
            return queries[0] if queries else None
        occur = tantivy.Occur.Must if self.match_all else tantivy.Occur.Should
        return Query.boolean_query([(occur, query) for query in queries])

    def _phrase(self, text: str, slop: int, field: TextField) -> Query | None:
        tokens = field.searching.pre_tokenize(text).tokens
        if len(tokens) < 2:
            return self._terms([token.text for token in tokens], field)
        positioned: list[str | tuple[int, str]] = [(token.position, token.text) for token in tokens]
        return Query.phrase_query(self.text_index.schema, field.name, positioned, slop)

    def _regexp(self, regex: str, field: TextField) -> Query:
        try:
            return Query.regex_query(self.text_index.schema, field.name, regex)
        except ValueError as error:
            raise BadRequestError.for_parameter(
                f"Failed to parse query string: '{regex}' is not a usable regular expression.", "search"
            ) from error


def terms_by_analyzer(text: str, fields: Iterable[TextField]) -> dict[Analyzer, list[str]]:
    """The terms of a piece of a query, by what the fields have it analyzed with: many fields share a few of them."""
    terms: dict[Analyzer, list[str]] = {}
    for field in fields:
        if field.searching not in terms:
            terms[field.searching] = field.terms(text)
    return terms


def alternatives(queries: Iterable[Query | None]) -> tuple[Query, ...]:
    """Those of the queries that may match; `MATCH_NOTHING` alone where there is something to look for in vain."""
    present = [query for query in queries if query is not None]
    return tuple(query for query in present if query is not MATCH_NOTHING) or tuple(present[:1])


def match_any(queries: Iterable[Query | None]) -> Query | None:
    """Match any of the queries; the scores add up."""
    found = alternatives(queries)
    if len(found) > 1:
        return Query.boolean_query([(tantivy.Occur.Should, query) for query in found])
    return found[0] if found else None


def wildcard_regex(text: str) -> str:
    """Turn `*` and `?` into a regular expression over a whole term."""
    parts = {"*": ".*", "?": "."}
    return "".join(parts.get(char, re.escape(char)) for char in text.lower())
