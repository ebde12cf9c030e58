"""
RDF as Turtle, or N-Triples, which is a part of it: a text in, its triples out.

It follows the grammar of Turtle 1.1 (https://www.w3.org/TR/turtle/). Numbers are kept as they are written, and types of
literals are left out, as nobody here computes with them. Nothing is loaded from an address that the text names.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urljoin

from catalogue.turtle_tokens import Token, fault, scan

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MOST_NESTED = 100  # brackets in each other
UNFIT = re.compile(r"[\x00-\x20<>\"{}|^`\\]")  # what no address has
ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)


class Blank(str):
    """A node without an address; it has a name in its own text."""

    __slots__ = ()


class Literal(NamedTuple):
    """A text, and the language it is in, small; empty where none is named."""

    text: str
    language: str = ""


Node = str | Literal  # a string is an address, or a Blank
Triple = tuple[str, str, Node]


def read_turtle(text: str) -> list[Triple]:
    """What the text says; ValueError names the line at fault."""
    return TurtleReader(text).read()


@dataclass
class TurtleReader:
    """Reads one text, once."""

    text: str
    triples: list[Triple] = field(default_factory=list)
    _prefixes: dict[str, str] = field(default_factory=dict)
    _base: str = ""
    _blanks: int = 0
    _depth: int = 0

    def read(self) -> list[Triple]:
        """All triples, in the order of the text."""
        self._tokens = scan(self.text)
        self._advance()
        while self._next.kind:
            if self._next.kind == "directive":
                self._directive()
            else:
                self._statement()
        return self.triples

    # -- tokens ---------------------------------------------------------------------------

    def _advance(self) -> None:
        self._next = next(self._tokens, Token("", "", len(self.text)))

    def _take(self) -> str:
        text = self._next.text
        self._advance()
        return text

    def _expect(self, sign: str) -> None:
        if self._next.text != sign:
            raise self._unexpected(f"{sign!r}")
        self._advance()

    def _unexpected(self, wanted: str) -> ValueError:
        there = repr(self._next.text[:60]) if self._next.kind else "the end"
        return self._fault(self._next.position, f"{wanted} is expected, not {there}")

    def _fault(self, position: int, message: str) -> ValueError:
        return fault(self.text, position, message)

    # -- statements -----------------------------------------------------------------------

    def _directive(self) -> None:
        directive = self._take()
        is_prefix = directive.strip("@").lower() == "prefix"
        if is_prefix:
            if self._next.kind != "name" or not self._next.text.endswith(":"):
                raise self._unexpected("a prefix such as skos:")
            prefix = self._take()
        if self._next.kind != "iri":
            raise self._unexpected("an address in angle brackets")
        address = self._address(self._take())
        if is_prefix:
            self._prefixes[prefix] = address
        else:
            self._base = address
        if directive.startswith("@"):
            self._expect(".")

    def _statement(self) -> None:
        subject: str
        if self._next.text == "[":
            subject = self._properties()
            if self._next.text != ".":
                self._predicates(subject)
        else:
            self._predicates(self._subject())
        self._expect(".")

    def _subject(self) -> str:
        if self._next.text == "(":
            return self._collection()
        if self._next.kind not in {"iri", "name", "blank"}:
            raise self._unexpected("what a statement is about")
        return self._resource()

    def _predicates(self, subject: str) -> None:
        self._predicate(subject)
        while self._next.text == ";":
            self._advance()
            if self._next.kind in {"iri", "name"} or self._next.text == "a":
                self._predicate(subject)

    def _predicate(self, subject: str) -> None:
        if self._next.text == "a":
            self._advance()
            predicate = f"{RDF}type"
        elif self._next.kind in {"iri", "name"}:
            predicate = self._resource()
        else:
            raise self._unexpected("a property")
        self.triples.append((subject, predicate, self._object()))
        while self._next.text == ",":
            self._advance()
            self.triples.append((subject, predicate, self._object()))

    # -- nodes ----------------------------------------------------------------------------

    def _object(self) -> Node:
        if self._next.text == "[":
            return self._properties()
        if self._next.text == "(":
            return self._collection()
        if self._next.kind in {"iri", "name", "blank"}:
            return self._resource()
        if self._next.kind in {"text", "long"}:
            return self._literal()
        if self._next.kind == "number" or self._next.text in {"true", "false"}:
            return Literal(self._take())
        raise self._unexpected("a value")

    def _resource(self) -> str:
        token = self._next
        self._advance()
        if token.kind == "blank":
            return Blank(token.text)
        if token.kind == "iri":
            return self._address(token.text)
        prefix, _, local = token.text.partition(":")
        if f"{prefix}:" not in self._prefixes:
            raise self._fault(token.position, f"no @prefix says what {prefix}: stands for")
        return self._prefixes[f"{prefix}:"] + re.sub(r"\\(.)", r"\1", local)

    def _address(self, bracketed: str) -> str:
        address = self._unescaped(bracketed[1:-1])
        if unfit := UNFIT.search(address):
            raise self._fault(self._next.position, f"an address cannot have {unfit[0]!r} in it")
        return self._absolute(address) if self._base else address

    def _absolute(self, address: str) -> str:
        path, mark, fragment = address.partition("#")
        return urljoin(self._base, path) + mark + fragment  # an empty fragment counts: prefixes end with it

    def _literal(self) -> Literal:
        quotes = 3 if self._next.kind == "long" else 1
        text = self._unescaped(self._take()[quotes:-quotes])
        if self._next.kind == "language":
            return Literal(text, self._take()[1:].lower())
        if self._next.text == "^^":
            self._advance()
            if self._next.kind not in {"iri", "name"}:
                raise self._unexpected("a type")
            self._resource()
        return Literal(text)

    def _unescaped(self, text: str) -> str:
        try:
            return ESCAPE.sub(lambda each: _character(each[1] or each[2], each[3]), text)
        except (ValueError, OverflowError) as error:
            raise self._fault(self._next.position, f"{text[:60]!r} names a character that there is not") from error

    def _blank(self) -> Blank:
        self._blanks += 1
        return Blank(f"_: {self._blanks}")  # with a space, which no name in a text has

    def _properties(self) -> Blank:
        self._enter()
        node = self._blank()
        if self._next.text != "]":
            self._predicates(node)
        self._expect("]")
        self._depth -= 1
        return node

    def _collection(self) -> str:
        self._enter()
        nodes: list[Node] = []
        while self._next.text != ")":
            nodes.append(self._object())
        self._advance()
        self._depth -= 1
        rest = f"{RDF}nil"
        for each in reversed(nodes):
            node = self._blank()
            self.triples += [(node, f"{RDF}first", each), (node, f"{RDF}rest", rest)]
            rest = node
        return rest

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise self._fault(self._next.position, f"there are more than {MOST_NESTED} brackets in each other")
        self._advance()


def _character(code: str | None, letter: str) -> str:
    if code is None:
        return ESCAPES[letter]
    character = chr(int(code, 16))
    character.encode()  # half of a pair is none
    return character
