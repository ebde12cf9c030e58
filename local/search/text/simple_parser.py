"""
The simple query language: words, "phrases", prefix*, + | - ( ) and the backslash.

Parsing never fails: what makes no sense is read as text or left out. Operators bind from left to right, as in Lucene's
SimpleQueryParser. The search mode decides how words without an operator between them are combined.
"""

from dataclasses import dataclass

from local.search.text.query_nodes import (
    BooleanNode,
    MatchAllNode,
    Occur,
    PhraseNode,
    PrefixNode,
    QueryNode,
    TermNode,
    check_depth,
    check_size,
)

ENDS_WORD = set('"|+() \t\r\n')


@dataclass
class ClauseBuilder:
    """Combines operands from left to right; `pending` is the operator before the next one."""

    default_occur: Occur
    node: QueryNode | None = None
    last_occur: Occur | None = None
    pending: Occur | None = None

    def add(self, node: QueryNode) -> None:
        if self.node is None:
            self.node = node
        else:
            occur = self.pending or self.default_occur
            clauses = self.node.clauses if isinstance(self.node, BooleanNode) and self.last_occur is occur else None
            self.node = BooleanNode((*(clauses or ((occur, self.node),)), (occur, node)))
            self.last_occur = occur
            check_size(len(self.node.clauses))
        self.pending = None


class SimpleQueryParser:
    """Reads one query string; `default_occur` combines words that have no operator between them."""

    def __init__(self, text: str, default_occur: Occur) -> None:
        self.text = text
        self.default_occur = default_occur
        self.position = 0

    def parse(self, depth: int = 0) -> QueryNode | None:
        """Read up to the end or the closing parenthesis; None if there is nothing to look for."""
        check_depth(depth)
        builder = ClauseBuilder(self.default_occur)
        negated = False
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == ")" and depth:
                break
            if char in " \t\r\n)":
                self.position += 1
            elif char in "+|":
                self.position += 1
                builder.pending = Occur.MUST if char == "+" else Occur.SHOULD
            elif char == "-":
                self.position += 1
                negated = self._touches_word()
            else:
                node = self._operand(depth)
                if node is not None:
                    builder.add(negation(node) if negated else node)
                negated = False
        return builder.node

    def _touches_word(self) -> bool:
        return self.position < len(self.text) and self.text[self.position] not in " \t\r\n|+)"

    def _operand(self, depth: int) -> QueryNode | None:
        char = self.text[self.position]
        if char == "(":
            self.position += 1
            inner = self.parse(depth + 1)
            self.position += 1
            return inner
        return self._phrase() if char == '"' else self._word()

    def _phrase(self) -> QueryNode | None:
        """Read a quoted phrase; one that isn't closed goes to the end."""
        self.position += 1
        characters: list[str] = []
        while self.position < len(self.text) and self.text[self.position] != '"':
            characters.append(self._char())
        self.position += 1
        return PhraseNode("".join(characters)) if characters else None

    def _word(self) -> QueryNode | None:
        characters: list[str] = []
        star = False
        while self.position < len(self.text) and self.text[self.position] not in ENDS_WORD:
            star = self.text[self.position] == "*"
            characters.append(self._char())
        text = "".join(characters)
        if text == "*":
            return MatchAllNode()
        if star and len(text) > 1:
            return PrefixNode(text[:-1])
        return TermNode(text) if text else None

    def _char(self) -> str:
        """Take one character; a backslash takes the next one literally."""
        if self.text[self.position] == "\\" and self.position + 1 < len(self.text):
            self.position += 1
        self.position += 1
        return self.text[self.position - 1]


def negation(node: QueryNode) -> QueryNode:
    """Return a node for everything but the matches of another one."""
    return BooleanNode(((Occur.MUST_NOT, node), (Occur.SHOULD, MatchAllNode())))


def parse_simple(text: str, *, match_all: bool) -> QueryNode | None:
    """Parse the simple language; None if there is nothing to look for."""
    return SimpleQueryParser(text, Occur.MUST if match_all else Occur.SHOULD).parse()
