"""
The full Lucene query language: AND OR NOT && || ! + -, field:, ~, ^, /regex/, * and ?.

Clauses combine as in Lucene's classic parser: AND makes both its neighbours required,
and a negation always removes.
"""

from __future__ import annotations

import re

from local.search.errors import BadRequest
from local.search.text.compiler import wildcard
from local.search.text.nodes import (
    Boosted,
    Clauses,
    Everything,
    Fuzzy,
    Node,
    Occur,
    Pattern,
    Phrase,
    Prefix,
    Scoped,
    Word,
    check_depth,
    check_size,
)

TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<and>AND(?=[\s()]|$)|&&) | (?P<or>OR(?=[\s()]|$)|\|\|) | (?P<not>NOT(?=[\s()]|$)|!)
      | (?P<plus>\+) | (?P<minus>-) | (?P<open>\() | (?P<close>\))
      | (?P<field>(?:[A-Za-z][\w/]*|\*):)
      | (?P<phrase>"(?:[^"\\]|\\.)*")
      | (?P<regex>/(?:[^/\\]|\\.)+/)
      | (?P<range>[\[{][^\]}]*[\]}])
      | (?P<boost>\^\d+(?:\.\d+)?)
      | (?P<tilde>~(?:\d+(?:\.\d+)?)?)
      | (?P<word>(?:[^\s()"^~:/\\\[\]{}]|\\.)(?:[^\s()"^~:\\\[\]{}]|\\.)*)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
BARE_WILDCARD = re.compile(r"(?<!\\)[*?]")
MOST_EDITS = 2


def syntax_error(at: int) -> BadRequest:
    return BadRequest.parameter(
        f"Failed to parse query string at line 1, column {at + 1}. "
        "See https://aka.ms/azure-search-full-query for supported syntax.",
        "search",
    )


class FullParser:
    """Reads one query string; anything it cannot read is a 400 with the column."""

    def __init__(self, text: str, default: Occur) -> None:
        self.text = text
        self.default = default
        self.at = 0

    def parse(self, depth: int = 0) -> Node | None:
        """Read clauses up to the end or the closing parenthesis."""
        check_depth(depth)
        parts: list[tuple[Occur, Node]] = []
        while True:
            joined = self._take("and", "or") if parts else None
            modifier = self._take("plus", "minus", "not")
            if self._peek() in (None, "close"):
                if joined or modifier:
                    raise syntax_error(self.at)
                break
            self._add(parts, joined, modifier, self._clause(depth))
        return self._joined(parts)

    def _add(
        self, parts: list[tuple[Occur, Node]], joined: str | None, modifier: str | None, node: Node | None
    ) -> None:
        """Apply the classic rules: AND reaches back, OR loosens what `all` would require."""
        if joined == "and" and parts and parts[-1][0] is not Occur.NOT:
            parts[-1] = (Occur.MUST, parts[-1][1])
        if joined == "or" and self.default is Occur.MUST and parts and parts[-1][0] is not Occur.NOT:
            parts[-1] = (Occur.SHOULD, parts[-1][1])
        if node is None:
            return
        occur = Occur.SHOULD if joined == "or" else self.default
        if modifier in ("minus", "not"):
            occur = Occur.NOT
        elif modifier == "plus" or joined == "and":
            occur = Occur.MUST
        parts.append((occur, node))
        check_size(len(parts))

    def _joined(self, parts: list[tuple[Occur, Node]]) -> Node | None:
        if parts and all(occur is Occur.NOT for occur, _ in parts):
            raise BadRequest.parameter(
                "Failed to parse query string: a query cannot consist of negations alone.", "search"
            )
        if len(parts) == 1:
            return parts[0][1]
        return Clauses(tuple(parts)) if parts else None

    def _clause(self, depth: int) -> Node | None:
        """Read one operand with the field before it and the boost behind it."""
        field = self._take_text("field")
        if field == "*:":
            return self._everything()
        node = self._group(depth) if self._take("open") else self._leaf()
        boost = self._take_text("boost")
        if boost and node is not None:
            node = Boosted(node, float(boost[1:]))
        return Scoped(field[:-1], node) if field and node is not None else node

    def _everything(self) -> Node:
        if self._take_text("word") != "*":
            raise syntax_error(self.at)
        return Everything()

    def _group(self, depth: int) -> Node | None:
        node = self.parse(depth + 1)
        if not self._take("close"):
            raise syntax_error(self.at)
        return node

    def _leaf(self) -> Node | None:
        if phrase := self._take_text("phrase"):
            tilde = self._take_text("tilde") or "~0"
            text = ESCAPED.sub(r"\1", phrase[1:-1])
            return Phrase(text, min(int(float(tilde[1:] or 0)), 1000)) if text.strip() else None
        if regex := self._take_text("regex"):
            return Pattern(regex[1:-1].lower())
        if word := self._take_text("word"):
            return self._word(word)
        raise syntax_error(self.at)

    def _word(self, raw: str) -> Node:
        """A word may be a wildcard pattern, a prefix or fuzzy."""
        tilde = self._take_text("tilde")
        if raw == "*":
            return Everything()
        plain = ESCAPED.sub(r"\1", raw)
        if not BARE_WILDCARD.search(raw):
            return Word(plain) if tilde is None else Fuzzy(plain, edits(tilde, plain))
        if raw[0] in "*?":
            raise BadRequest.parameter(
                f"Failed to parse query string: '*' or '?' cannot be the first character of '{raw}'.", "search"
            )
        if BARE_WILDCARD.findall(raw) == ["*"] and raw.endswith("*"):
            return Prefix(ESCAPED.sub(r"\1", raw[:-1]))
        return Pattern("".join(wildcard_part(part) for part in re.split(r"(\\.|[*?])", raw, flags=re.DOTALL)))

    def _peek(self) -> str | None:
        """Return the kind of the next token, None at the end."""
        while self.at < len(self.text):
            match = TOKEN.match(self.text, self.at)
            if match is None or match.lastgroup == "range":
                raise syntax_error(self.at)
            if match.lastgroup != "space":
                return match.lastgroup
            self.at = match.end()
        return None

    def _take(self, *kinds: str) -> str | None:
        """Consume the next token if it is of one of these kinds, and return its kind."""
        kind = self._peek()
        if kind not in kinds:
            return None
        match = TOKEN.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return kind

    def _take_text(self, kind: str) -> str | None:
        """Consume the next token if it is of this kind, and return its text."""
        start = self.at
        return self.text[start : self.at].strip() if self._take(kind) else None


def wildcard_part(part: str) -> str:
    return re.escape(part[1:].lower()) if part.startswith("\\") else wildcard(part)


def edits(tilde: str, text: str) -> int:
    """Read `~`, `~1` or the old `~0.8`, at most two edits."""
    value = float(tilde[1:] or MOST_EDITS)
    if value < 1 and tilde[1:] not in ("", "0"):
        return min(int((1 - value) * len(text)), MOST_EDITS)
    return min(int(value), MOST_EDITS)


def parse_full(text: str, *, match_all: bool) -> Node | None:
    """Parse the full language; None if there is nothing to look for."""
    parser = FullParser(text, Occur.MUST if match_all else Occur.SHOULD)
    node = parser.parse()
    if parser.at < len(text):
        raise syntax_error(parser.at)
    return node
