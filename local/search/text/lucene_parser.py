"""
The full Lucene query language: AND OR NOT && || ! + -, field:, ~, ^, /regex/, * and ?.

Clauses combine as in Lucene's classic parser: AND makes the clauses on both sides required, and a negation always
removes.
"""

import re

from local.search.errors import BadRequestError
from local.search.text.query_compiler import wildcard_regex
from local.search.text.query_nodes import (
    BooleanNode,
    BoostNode,
    FieldNode,
    FuzzyNode,
    MatchAllNode,
    Occur,
    PhraseNode,
    PrefixNode,
    QueryNode,
    RegexpNode,
    TermNode,
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
MAX_EDITS = 2
MAX_SLOP = 1000


def syntax_error(position: int) -> BadRequestError:
    return BadRequestError.for_parameter(
        f"Failed to parse query string at line 1, column {position + 1}. "
        "See https://aka.ms/azure-search-full-query for supported syntax.",
        "search",
    )


class LuceneQueryParser:
    """Reads one query string; anything it cannot read is a 400 that names the column."""

    def __init__(self, text: str, default_occur: Occur) -> None:
        self.text = text
        self.default_occur = default_occur
        self.position = 0

    def parse(self, depth: int = 0) -> QueryNode | None:
        """Read clauses up to the end or the closing parenthesis."""
        check_depth(depth)
        clauses: list[tuple[Occur, QueryNode]] = []
        while True:
            conjunction = self._take("and", "or") if clauses else None
            modifier = self._take("plus", "minus", "not")
            if self._peek() in (None, "close"):
                if conjunction or modifier:
                    raise syntax_error(self.position)
                break
            self._add(clauses, conjunction, modifier, self._clause(depth))
        return self._combined(clauses)

    def _add(
        self,
        clauses: list[tuple[Occur, QueryNode]],
        conjunction: str | None,
        modifier: str | None,
        node: QueryNode | None,
    ) -> None:
        """Apply the classic rules: AND reaches back, OR loosens what `all` would require."""
        if conjunction == "and" and clauses and clauses[-1][0] is not Occur.MUST_NOT:
            clauses[-1] = (Occur.MUST, clauses[-1][1])
        if (
            conjunction == "or"
            and self.default_occur is Occur.MUST
            and clauses
            and clauses[-1][0] is not Occur.MUST_NOT
        ):
            clauses[-1] = (Occur.SHOULD, clauses[-1][1])
        if node is None:
            return
        occur = Occur.SHOULD if conjunction == "or" else self.default_occur
        if modifier in ("minus", "not"):
            occur = Occur.MUST_NOT
        elif modifier == "plus" or conjunction == "and":
            occur = Occur.MUST
        clauses.append((occur, node))
        check_size(len(clauses))

    def _combined(self, clauses: list[tuple[Occur, QueryNode]]) -> QueryNode | None:
        if clauses and all(occur is Occur.MUST_NOT for occur, _ in clauses):
            raise BadRequestError.for_parameter(
                "Failed to parse query string: a query cannot consist of negations alone.", "search"
            )
        if len(clauses) == 1:
            return clauses[0][1]
        return BooleanNode(tuple(clauses)) if clauses else None

    def _clause(self, depth: int) -> QueryNode | None:
        """Read one operand with the field before it and the boost after it."""
        field = self._take_text("field")
        if field == "*:":
            return self._match_all()
        node = self._group(depth) if self._take("open") else self._leaf()
        boost = self._take_text("boost")
        if boost and node is not None:
            node = BoostNode(node, float(boost[1:]))
        return FieldNode(field[:-1], node) if field and node is not None else node

    def _match_all(self) -> QueryNode:
        if self._take_text("word") != "*":
            raise syntax_error(self.position)
        return MatchAllNode()

    def _group(self, depth: int) -> QueryNode | None:
        node = self.parse(depth + 1)
        if not self._take("close"):
            raise syntax_error(self.position)
        return node

    def _leaf(self) -> QueryNode | None:
        if phrase := self._take_text("phrase"):
            tilde = self._take_text("tilde") or "~0"
            text = ESCAPED.sub(r"\1", phrase[1:-1])
            return PhraseNode(text, int(min(float(tilde[1:] or 0), MAX_SLOP))) if text.strip() else None
        if regex := self._take_text("regex"):
            return RegexpNode(regex[1:-1].lower())
        if word := self._take_text("word"):
            return self._word(word)
        raise syntax_error(self.position)

    def _word(self, raw: str) -> QueryNode:
        """Read a word, which may be a wildcard pattern, a prefix or fuzzy."""
        tilde = self._take_text("tilde")
        if raw == "*":
            return MatchAllNode()
        unescaped = ESCAPED.sub(r"\1", raw)
        if not BARE_WILDCARD.search(raw):
            return TermNode(unescaped) if tilde is None else FuzzyNode(unescaped, parse_edits(tilde, unescaped))
        if raw[0] in "*?":
            raise BadRequestError.for_parameter(
                f"Failed to parse query string: '*' or '?' cannot be the first character of '{raw}'.", "search"
            )
        if BARE_WILDCARD.findall(raw) == ["*"] and raw.endswith("*"):
            return PrefixNode(ESCAPED.sub(r"\1", raw[:-1]))
        return RegexpNode("".join(wildcard_part(part) for part in re.split(r"(\\.|[*?])", raw, flags=re.DOTALL)))

    def _peek(self) -> str | None:
        """Return the kind of the next token, None at the end."""
        while self.position < len(self.text):
            match = TOKEN.match(self.text, self.position)
            if match is None or match.lastgroup == "range":
                raise syntax_error(self.position)
            if match.lastgroup != "space":
                return match.lastgroup
            self.position = match.end()
        return None

    def _take(self, *kinds: str) -> str | None:
        """Consume the next token if it is of one of these kinds, and return its kind."""
        kind = self._peek()
        if kind not in kinds:
            return None
        match = TOKEN.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return kind

    def _take_text(self, kind: str) -> str | None:
        """Consume the next token if it is of this kind, and return its text."""
        start = self.position
        return self.text[start : self.position].strip() if self._take(kind) else None


def wildcard_part(part: str) -> str:
    return re.escape(part[1:].lower()) if part.startswith("\\") else wildcard_regex(part)


def parse_edits(tilde: str, text: str) -> int:
    """Read `~`, `~1` or the old `~0.8`, at most two edits."""
    value = float(tilde[1:] or MAX_EDITS)
    if value < 1 and tilde[1:] not in ("", "0"):
        return min(int((1 - value) * len(text)), MAX_EDITS)
    return int(min(value, MAX_EDITS))


def parse_lucene(text: str, *, match_all: bool) -> QueryNode | None:
    """Parse the full Lucene language; None if there is nothing to look for."""
    parser = LuceneQueryParser(text, Occur.MUST if match_all else Occur.SHOULD)
    node = parser.parse()
    if parser.position < len(text):
        raise syntax_error(parser.position)
    return node
