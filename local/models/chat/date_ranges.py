"""The range of dates that a question asks for: "between March and May", "since 2020", "last summer"."""

import re
from dataclasses import dataclass
from datetime import date

from local.models.chat.date_expressions import DateExpression, TextSpan, find_date_expressions
from local.models.chat.lexicon import Lexicon

# Characters between the two dates of a range, at most.
MAX_GAP = 16
ARTICLES = r"(?:the|dem|der|den|das|die|le|la|les|l['\u2019]|du|el|los|las|del|de|of)?"


@dataclass(frozen=True)
class DateRange:
    """A range of dates: from `after` (included) to `before` (excluded); None is open."""

    after: date | None
    before: date | None


def find_date_range(text: str, language: Lexicon, today: date) -> tuple[DateRange | None, list[TextSpan]]:
    """The range of dates that a question asks for, and the spans of text that express it."""
    expressions = _without_overlaps(
        sorted(
            find_date_expressions(text, language, today),
            key=lambda expression: (expression.span[0], -expression.span[1]),
        )
    )
    if not expressions:
        return None, []
    first = expressions[0]
    if (
        len(expressions) > 1
        and _has_cue_before(text, first.span, "between", language)
        and _are_range_ends(text, first, expressions[1], language)
    ):
        span = (_cue_start(text, first.span, "between", language), expressions[1].span[1])
        return DateRange(first.start, expressions[1].end), [span]
    for cue, date_range in (
        ("before", DateRange(None, first.start)),
        ("after", DateRange(first.end, None)),
        ("since", DateRange(first.start, None)),
    ):
        if _has_cue_before(text, first.span, cue, language) and not (
            cue == "since" and language.code == "en" and _is_english_from(text, first)
        ):
            return date_range, [(_cue_start(text, first.span, cue, language), first.span[1])]
    return DateRange(first.start, first.end), [first.span]


def _is_english_from(text: str, expression: DateExpression) -> bool:
    """Whether "from" stands before the date: English "from 2023" means in 2023, not since then."""
    return re.search(r"\bfrom\s+(the\s+)?$", text[: expression.span[0]], re.IGNORECASE) is not None


def _has_cue_before(text: str, span: TextSpan, cue: str, language: Lexicon) -> bool:
    """Whether a cue stands before the span, with at most an article between."""
    return _cue_start(text, span, cue, language) < span[0]


def _cue_start(text: str, span: TextSpan, cue: str, language: Lexicon) -> int:
    """Where the cue before the span begins, or the span itself if there is none."""
    match = language.find_last_cue(cue, text[: span[0]])
    if match and re.fullmatch(rf"\s*{ARTICLES}\s*", text[match.end() : span[0]], re.IGNORECASE):
        return match.start()
    return span[0]


def _are_range_ends(text: str, first: DateExpression, second: DateExpression, language: Lexicon) -> bool:
    """Whether two dates are joined as the ends of one range."""
    middle = text[first.span[1] : second.span[0]]
    match = language.find_cue("to", middle) or (re.search("-", middle))
    return match is not None and len(middle) < MAX_GAP


def _without_overlaps(expressions: list[DateExpression]) -> list[DateExpression]:
    """The expressions that don't overlap an earlier, longer one."""
    distinct: list[DateExpression] = []
    for expression in expressions:
        if not distinct or expression.span[0] >= distinct[-1].span[1]:
            distinct.append(expression)
    return distinct
