"""
The simple query language: words, "phrases", prefix*, + | - ( ) and the backslash.

It never fails: what makes no sense is read as text or left out. Operators bind from left
to right, as in Lucene's SimpleQueryParser, and words without one between them are joined
by the search mode.
"""

from __future__ import annotations

from dataclasses import dataclass

from local.search.text.nodes import (
    Clauses,
    Everything,
    Node,
    Occur,
    Phrase,
    Prefix,
    Word,
    check_depth,
    check_size,
)

ENDS_WORD = set('"|+() \t\r\n')


@dataclass
class Chain:
    """Operands joined so far, and the operator that waits for the next one."""

    default: Occur
    top: Node | None = None
    joined: Occur | None = None
    waiting: Occur | None = None

    def add(self, node: Node) -> None:
        if self.top is None:
            self.top = node
        else:
            occur = self.waiting or self.default
            parts = self.top.parts if isinstance(self.top, Clauses) and self.joined is occur else None
            self.top = Clauses((*(parts or ((occur, self.top),)), (occur, node)))
            self.joined = occur
            check_size(len(self.top.parts))
        self.waiting = None


class SimpleParser:
    """Reads one query string; `default` joins words that have no operator between them."""

    def __init__(self, text: str, default: Occur) -> None:
        self.text = text
        self.default = default
        self.at = 0

    def parse(self, depth: int = 0) -> Node | None:
        """Read up to the end or the closing parenthesis; None if there is nothing to look for."""
        check_depth(depth)
        chain = Chain(self.default)
        negated = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == ")" and depth:
                break
            if char in " \t\r\n)":
                self.at += 1
            elif char in "+|":
                self.at += 1
                chain.waiting = Occur.MUST if char == "+" else Occur.SHOULD
            elif char == "-":
                self.at += 1
                negated = self._touches_word()
            else:
                node = self._operand(depth)
                if node is not None:
                    chain.add(without(node) if negated else node)
                negated = False
        return chain.top

    def _touches_word(self) -> bool:
        return self.at < len(self.text) and self.text[self.at] not in " \t\r\n|+)"

    def _operand(self, depth: int) -> Node | None:
        char = self.text[self.at]
        if char == "(":
            self.at += 1
            inner = self.parse(depth + 1)
            self.at += 1
            return inner
        return self._phrase() if char == '"' else self._word()

    def _phrase(self) -> Node | None:
        """Read a quoted phrase; one that is never closed goes to the end."""
        self.at += 1
        read: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != '"':
            read.append(self._char())
        self.at += 1
        return Phrase("".join(read)) if read else None

    def _word(self) -> Node | None:
        read: list[str] = []
        star = False
        while self.at < len(self.text) and self.text[self.at] not in ENDS_WORD:
            star = self.text[self.at] == "*"
            read.append(self._char())
        text = "".join(read)
        if text == "*":
            return Everything()
        if star and len(text) > 1:
            return Prefix(text[:-1])
        return Word(text) if text else None

    def _char(self) -> str:
        """Take one character; a backslash takes the next one literally."""
        if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
            self.at += 1
        self.at += 1
        return self.text[self.at - 1]


def without(node: Node) -> Node:
    """Everything but the matches of a node."""
    return Clauses(((Occur.NOT, node), (Occur.SHOULD, Everything())))


def parse_simple(text: str, *, match_all: bool) -> Node | None:
    """Parse the simple language; None if there is no word in it."""
    return SimpleParser(text, Occur.MUST if match_all else Occur.SHOULD).parse()
