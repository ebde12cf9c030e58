"""Finds dates and periods in a text: "last summer", "im Mai 2023", "il y a deux ans"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from local.models.chat.lexicon import Lexicon

TextSpan = tuple[int, int]
# Characters around a date in which "last" or "this" is looked for.
CUE_WINDOW = 16


@dataclass(frozen=True)
class DateExpression:
    """A date or period named in a text: where it stands, its first day, and the day after its last."""

    span: TextSpan
    start: date
    end: date


def find_date_expressions(text: str, language: Lexicon, today: date) -> Iterator[DateExpression]:
    """All dates and periods in the text, overlapping ones too."""
    yield from _days(text, language)
    yield from _months(text, language, today)
    yield from _seasons(text, language, today)
    yield from _relative_dates(text, language, today)
    for match in re.finditer(r"(?<![\w/-])((?:19|20)\d\d)(?![\w/-])", text):
        year = int(match[1])
        yield DateExpression(match.span(), date(year, 1, 1), date(year + 1, 1, 1))


def _days(text: str, language: Lexicon) -> Iterator[DateExpression]:
    """Single days: `2024-05-01`, `1 May 2024`, `May 1, 2024`, `1. Mai 2024`, `1 de mayo de 2024`."""
    for match in re.finditer(r"\b(\d{4})-(\d\d)-(\d\d)\b", text):
        yield from _single_day(match.span(), int(match[1]), int(match[2]), int(match[3]))
    for number, spellings_regex in _month_patterns(language):
        first = rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th|er)?(?: de)? (?:{spellings_regex})(?: de)?,? (\d{{4}})\b"
        for match in re.finditer(first, text, re.IGNORECASE):
            yield from _single_day(match.span(), int(match[2]), number, int(match[1]))
        second = rf"\b(?:{spellings_regex}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b"
        for match in re.finditer(second, text, re.IGNORECASE):
            yield from _single_day(match.span(), int(match[2]), number, int(match[1]))


def _single_day(span: TextSpan, year: int, month: int, day: int) -> Iterator[DateExpression]:
    """The day, if it exists."""
    try:
        start = date(year, month, day)
    except ValueError:
        return
    yield DateExpression(span, start, start + timedelta(days=1))


def _months(text: str, language: Lexicon, today: date) -> Iterator[DateExpression]:
    """Months, with a year or else the latest that has begun ("last May": that has ended)."""
    for number, spellings_regex in _month_patterns(language):
        for match in re.finditer(
            rf"\b(?:{spellings_regex})\b\.?(?:,? (?:de |of |del )?(\d{{4}}))?", text, re.IGNORECASE
        ):
            if language.code == "en" and _is_english_verb(match, text):
                continue
            span, is_last = _include_cue(text, match.span(), "last", language)
            year = int(match[1]) if match[1] else _latest_month_year(number, today, ended=is_last)
            yield DateExpression(span, date(year, number, 1), _next_month(year, number))


def _is_english_verb(match: re.Match[str], text: str) -> bool:
    """Whether "may" or "march" is a verb: a month has a capital, a year, or "in", "of" or "last" before it."""
    word = match[0].split()[0].lower().rstrip(".,")
    if word == "may" and re.match(r"\s+(i|we|you|they|he|she|it|one|people)\b", text[match.end() :], re.I):
        return True
    if word not in ("may", "march", "mar") or match[1] or match[0][0].isupper():
        return False
    return (
        re.search(r"\b(in|of|from|since|before|after|until|last|during|this)\s+$", text[: match.start()], re.I) is None
    )


def _seasons(text: str, language: Lexicon, today: date) -> Iterator[DateExpression]:
    """Seasons with a year or with "last" or "this"; without them "summer" is only a search term."""
    for index, spellings in enumerate(language.spellings("seasons")):
        spellings_regex = "|".join(map(re.escape, spellings))
        for match in re.finditer(
            rf"\b(?:{spellings_regex})s?\b(?: (?:of |de |del |en )?(\d{{4}}))?", text, re.IGNORECASE
        ):
            span, is_last = _include_cue(text, match.span(), "last", language)
            span, is_this = _include_cue(text, span, "this", language)
            if match[1]:
                year = int(match[1])
            elif is_last or is_this:
                year = _latest_season_year(index, today, ended=is_last)
            else:
                continue
            yield DateExpression(span, *_season_dates(index, year))


def _season_dates(index: int, year: int) -> tuple[date, date]:
    """The first day of a season and the day after its last; winter begins in the December before its year."""
    start = date(year - 1, 12, 1) if index == 0 else date(year, index * 3, 1)
    return start, date(year, index * 3 + 3, 1)


def _latest_season_year(index: int, today: date, *, ended: bool) -> int:
    """The year of the latest such season that has begun, or has ended."""
    for year in range(today.year + 1, today.year - 2, -1):
        start, end = _season_dates(index, year)
        if (end if ended else start) <= today:
            return year
    return today.year - 1


def _relative_dates(text: str, language: Lexicon, today: date) -> Iterator[DateExpression]:
    """Today, yesterday, this or last week, month or year, and `two years ago`."""
    for name, days_back in (("today", 0), ("yesterday", 1)):
        if match := language.find_cue(name, text):
            start = today - timedelta(days=days_back)
            yield DateExpression(match.span(), start, start + timedelta(days=1))
    if (match := language.find_cue("ago", text)) and (count := language.parse_number(match[1])) is not None:
        yield DateExpression(match.span(), date(today.year - count, 1, 1), date(today.year - count + 1, 1, 1))
    for unit in ("year", "month", "week"):
        spellings_regex = "|".join(map(re.escape, language.entries[f"{unit}_words"].split()))
        for match in re.finditer(rf"\b(?:{spellings_regex})\b", text, re.IGNORECASE):
            for cue in ("last", "this"):
                span, has_cue = _include_cue(text, match.span(), cue, language)
                if has_cue:
                    yield DateExpression(span, *_calendar_unit_dates(unit, today, last=cue == "last"))


def _calendar_unit_dates(unit: str, today: date, *, last: bool) -> tuple[date, date]:
    """This or the last year or month. This week is the seven days up to today, last week the seven before."""
    if unit == "year":
        return date(today.year - last, 1, 1), date(today.year - last + 1, 1, 1)
    if unit == "month":
        first = today.replace(day=1)
        return (
            ((first - timedelta(days=1)).replace(day=1), first)
            if last
            else (first, _next_month(today.year, today.month))
        )
    end = today + timedelta(days=1)
    return end - timedelta(days=8 if last else 7), end


def _month_patterns(language: Lexicon) -> Iterator[tuple[int, str]]:
    """For each month, a pattern of its spellings."""
    shorts = language.entries["months_short"].split()
    for index, spellings in enumerate(language.spellings("months")):
        yield (
            index + 1,
            "|".join(map(re.escape, [*spellings, *([shorts[index]] if shorts[index] != "_" else [])])),
        )


def _next_month(year: int, month: int) -> date:
    """The first day of the next month."""
    return date(year + month // 12, month % 12 + 1, 1)


def _latest_month_year(month: int, today: date, *, ended: bool) -> int:
    """The year of the latest such month that has begun, or has ended."""
    past = _next_month(today.year, month) <= today if ended else date(today.year, month, 1) <= today
    return today.year if past else today.year - 1


def _include_cue(text: str, span: TextSpan, cue: str, language: Lexicon) -> tuple[TextSpan, bool]:
    """The span extended by a cue right before or after it, and whether there is one."""
    start, end = span
    before = text[max(0, start - CUE_WINDOW) : start]
    match = language.find_last_cue(cue, before)
    if match and not before[match.end() :].strip():
        return (start - len(before) + match.start(), end), True
    after = text[end : end + CUE_WINDOW]
    match = language.find_cue(cue, after)
    if match and not after[: match.start()].strip():
        return (start, end + match.end()), True
    return span, False
