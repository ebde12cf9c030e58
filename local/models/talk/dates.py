"""Times in a question: "last summer", "im Mai 2023", "entre 2019 et 2021"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from local.models.talk.lexicon import Language

Span = tuple[int, int]
NEARBY = 16


@dataclass(frozen=True)
class Period:
    """A stretch of time: from `after` (included) to `before` (excluded); None is open."""

    after: date | None
    before: date | None


@dataclass(frozen=True)
class Named:
    """A time that a question names, and where it does."""

    span: Span
    start: date
    end: date


def find_period(text: str, speech: Language, today: date) -> tuple[Period | None, list[Span]]:
    """The period a question asks for, and the places in its text that said so."""
    times = apart(sorted(named_times(text, speech, today), key=lambda time: (time.span[0], -time.span[1])))
    if not times:
        return None, []
    first = times[0]
    if len(times) > 1 and leads(text, first.span, "between", speech) and between(text, first, times[1], speech):
        span = (lead_start(text, first.span, "between", speech), times[1].span[1])
        return Period(first.start, times[1].end), [span]
    for cue, period in (
        ("before", Period(None, first.start)),
        ("after", Period(first.end, None)),
        ("since", Period(first.start, None)),
    ):
        if leads(text, first.span, cue, speech) and not (
            cue == "since" and speech.code == "en" and is_from(text, first)
        ):
            return period, [(lead_start(text, first.span, cue, speech), first.span[1])]
    return Period(first.start, first.end), [first.span]


def is_from(text: str, time: Named) -> bool:
    """English "from 2023" means in 2023, not since then."""
    return re.search(r"\bfrom\s+(the\s+)?$", text[: time.span[0]], re.IGNORECASE) is not None


def named_times(text: str, speech: Language, today: date) -> Iterator[Named]:
    """Every time the text names, overlapping ones too."""
    yield from days(text, speech)
    yield from months(text, speech, today)
    yield from seasons(text, speech, today)
    yield from relative(text, speech, today)
    for match in re.finditer(r"(?<![\w/-])((?:19|20)\d\d)(?![\w/-])", text):
        year = int(match[1])
        yield Named(match.span(), date(year, 1, 1), date(year + 1, 1, 1))


def apart(times: list[Named]) -> list[Named]:
    """Those that do not overlap an earlier, longer one."""
    kept: list[Named] = []
    for time in times:
        if not kept or time.span[0] >= kept[-1].span[1]:
            kept.append(time)
    return kept


def days(text: str, speech: Language) -> Iterator[Named]:
    """Single days: `2024-05-01`, `1 May 2024`, `May 1, 2024`, `1. Mai 2024`, `1 de mayo de 2024`."""
    for match in re.finditer(r"\b(\d{4})-(\d\d)-(\d\d)\b", text):
        yield from one_day(match.span(), int(match[1]), int(match[2]), int(match[3]))
    for number, spelled in month_patterns(speech):
        first = rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th|er)?(?: de)? (?:{spelled})(?: de)?,? (\d{{4}})\b"
        for match in re.finditer(first, text, re.IGNORECASE):
            yield from one_day(match.span(), int(match[2]), number, int(match[1]))
        second = rf"\b(?:{spelled}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b"
        for match in re.finditer(second, text, re.IGNORECASE):
            yield from one_day(match.span(), int(match[2]), number, int(match[1]))


def one_day(span: Span, year: int, month: int, day: int) -> Iterator[Named]:
    """The day, if the calendar has it."""
    try:
        start = date(year, month, day)
    except ValueError:
        return
    yield Named(span, start, start + timedelta(days=1))


def months(text: str, speech: Language, today: date) -> Iterator[Named]:
    """Months, with their year or the latest that has begun ("last May": that has ended)."""
    for number, spelled in month_patterns(speech):
        for match in re.finditer(rf"\b(?:{spelled})\b\.?(?:,? (?:de |of |del )?(\d{{4}}))?", text, re.IGNORECASE):
            if speech.code == "en" and is_verb(match, text):
                continue
            span, is_last = stretched(text, match.span(), "last", speech)
            year = int(match[1]) if match[1] else latest_year(number, today, ended=is_last)
            yield Named(span, date(year, number, 1), month_after(year, number))


def is_verb(match: re.Match[str], text: str) -> bool:
    """English "may" and "march" are months only with a capital, a year, or after "in", "of", "last"."""
    word = match[0].split()[0].lower().rstrip(".,")
    if word not in ("may", "march", "mar") or match[1] or match[0][0].isupper():
        return False
    return (
        re.search(r"\b(in|of|from|since|before|after|until|last|during|this)\s+$", text[: match.start()], re.I) is None
    )


def seasons(text: str, speech: Language, today: date) -> Iterator[Named]:
    """A season of a year, or the last one; a season alone is left to the words of the question."""
    for index, spellings in enumerate(speech.listed("seasons")):
        spelled = "|".join(map(re.escape, spellings))
        for match in re.finditer(rf"\b(?:{spelled})s?\b(?: (?:of |de |del |en )?(\d{{4}}))?", text, re.IGNORECASE):
            span, is_last = stretched(text, match.span(), "last", speech)
            span, is_this = stretched(text, span, "this", speech)
            if match[1]:
                year = int(match[1])
            elif is_last or is_this:
                year = season_year(index, today, ended=is_last)
            else:
                continue
            yield Named(span, *season(index, year))


def season(index: int, year: int) -> tuple[date, date]:
    """The months of a season; winter begins in the December before its year."""
    start = date(year - 1, 12, 1) if index == 0 else date(year, index * 3, 1)
    return start, date(year, index * 3 + 3, 1)


def season_year(index: int, today: date, *, ended: bool) -> int:
    """The year of the latest season that has begun, or has ended."""
    for year in range(today.year + 1, today.year - 2, -1):
        start, end = season(index, year)
        if (end if ended else start) <= today:
            return year
    return today.year - 1


def relative(text: str, speech: Language, today: date) -> Iterator[Named]:
    """Today, yesterday, this or last week, month and year, and `two years ago`."""
    for name, back in (("today", 0), ("yesterday", 1)):
        if match := speech.cue(name, text):
            start = today - timedelta(days=back)
            yield Named(match.span(), start, start + timedelta(days=1))
    if (match := speech.cue("ago", text)) and (count := number(match[1], speech)) is not None:
        yield Named(match.span(), date(today.year - count, 1, 1), date(today.year - count + 1, 1, 1))
    for unit in ("year", "month", "week"):
        spelled = "|".join(map(re.escape, speech.words[f"{unit}_words"].split()))
        for match in re.finditer(rf"\b(?:{spelled})\b", text, re.IGNORECASE):
            for cue in ("last", "this"):
                span, found = stretched(text, match.span(), cue, speech)
                if found:
                    yield Named(span, *stretch_of(unit, today, last=cue == "last"))


def stretch_of(unit: str, today: date, *, last: bool) -> tuple[date, date]:
    """This or the last year or month; a week is the seven days up to today, or the seven before."""
    if unit == "year":
        return date(today.year - last, 1, 1), date(today.year - last + 1, 1, 1)
    if unit == "month":
        first = today.replace(day=1)
        return (
            ((first - timedelta(days=1)).replace(day=1), first)
            if last
            else (first, month_after(today.year, today.month))
        )
    end = today + timedelta(days=1)
    return end - timedelta(days=8 if last else 7), end


def month_patterns(speech: Language) -> Iterator[tuple[int, str]]:
    """For each month the ways to spell it, as a pattern."""
    shorts = speech.words["months_short"].split()
    for index, spellings in enumerate(speech.listed("months")):
        yield (
            index + 1,
            "|".join(map(re.escape, [*spellings, *([shorts[index]] if shorts[index] != "_" else [])])),
        )


def month_after(year: int, month: int) -> date:
    """The first day of the next month."""
    return date(year + month // 12, month % 12 + 1, 1)


def latest_year(month: int, today: date, *, ended: bool) -> int:
    """The year of the latest such month that has begun, or has ended."""
    past = month_after(today.year, month) <= today if ended else date(today.year, month, 1) <= today
    return today.year if past else today.year - 1


def number(text: str, speech: Language) -> int | None:
    """A number in digits or as a word up to ten."""
    if text.isdecimal():
        return int(text)
    return next((value for value, spellings in enumerate(speech.listed("numbers")) if text.lower() in spellings), None)


def stretched(text: str, span: Span, cue: str, speech: Language) -> tuple[Span, bool]:
    """The span with a cue right before or after it, and whether there was one."""
    start, end = span
    before = text[max(0, start - NEARBY) : start]
    match = last_cue(before, cue, speech)
    if match and not before[match.end() :].strip():
        return (start - len(before) + match.start(), end), True
    after = text[end : end + NEARBY]
    match = speech.cue(cue, after)
    if match and not after[: match.start()].strip():
        return (start, end + match.end()), True
    return span, False


def last_cue(text: str, cue: str, speech: Language) -> re.Match[str] | None:
    """The last place where a cue stands."""
    match, found = speech.cue(cue, text), None
    while match:
        found, rest = match, text[match.end() :]
        match = speech.cue(cue, " " * match.end() + rest)
    return found


ARTICLES = r"(?:the|dem|der|den|das|die|le|la|les|l['\u2019]|du|el|los|las|del|de|of)?"


def leads(text: str, span: Span, cue: str, speech: Language) -> bool:
    """Whether a cue stands before the span, at most an article between."""
    return lead_start(text, span, cue, speech) < span[0]


def lead_start(text: str, span: Span, cue: str, speech: Language) -> int:
    """Where the cue before the span begins; the span's own start without one."""
    match = last_cue(text[: span[0]], cue, speech)
    if match and re.fullmatch(rf"\s*{ARTICLES}\s*", text[match.end() : span[0]], re.IGNORECASE):
        return match.start()
    return span[0]


def between(text: str, first: Named, second: Named, speech: Language) -> bool:
    """Whether two times are joined as the ends of one period."""
    middle = text[first.span[1] : second.span[0]]
    match = speech.cue("to", middle) or (re.search("-", middle))
    return match is not None and len(middle) < NEARBY
