"""Dates as people type them, in English, German, French and Spanish: "may 2023", "seit 2019", "le 3 mars 2021"."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.search.time_clauses import date_range

FIRST_YEAR = 1826  # of the oldest photograph
MONTH_NAMES = (
    "january jan januar jänner janvier janv enero ene",
    "february feb februar feber février févr febrero",
    "march mar märz mrz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août agosto ago",
    "september sep sept septembre septiembre setiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre déc diciembre dic",
)
LEADS = {
    "taken_after": "since|starting in|ab|seit|depuis|à partir de|desde|a partir de",
    "past": "after|later than|nach|après|después de|despues de",
    "taken_before": "before|earlier than|vor|avant|antes de",
    "through": "until|till|up to|bis|jusqu['\u2019]en|jusqu['\u2019]à|jusqu['\u2019]au|hasta",
    "taken_in": "in|in the year|taken in|during|on|on the|from|of|between|im|im jahr|im jahre|am|aus|aus dem jahr|vom"
    "|von|zwischen|en|du|de|le|au|entre|de l['\u2019]année|en l['\u2019]année|el|del|en el año|del año",
}
RANGES = re.compile(r"\s*(?:-|\u2013|\u2014|to|until|through|bis|à|au|a|al|hasta)\s*", re.IGNORECASE)
PAIRS = re.compile(r"\s+(?:and|und|et|y)\s+", re.IGNORECASE)
BETWEEN = re.compile(r"(?:between|zwischen|entre)\s+", re.IGNORECASE)


def _spellings(name: str) -> set[str]:
    """A name composed, decomposed, and without its accents."""
    apart = unicodedata.normalize("NFD", name)
    return {name, apart, "".join(letter for letter in apart if not unicodedata.combining(letter))}


MONTHS = {
    spelling: number
    for number, names in enumerate(MONTH_NAMES, start=1)
    for name in names.split()
    for spelling in _spellings(name)
}
MONTH = rf"(?P<name>{'|'.join(sorted(MONTHS, key=len, reverse=True))})(?!\w)\.?"
YEAR = r"(?P<y>(?:18|19|20)\d\d)(?![\w/:'\u2019-]|[.,]\d)"
START = r"(?<![\w./:'\u2019-])"
OF = r"(?:of\s+|de\s+|del\s+|du\s+)?"
PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{START}(?P<y>(?:18|19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?:-(?P<d>\d\d))?(?![\w/:-])",
        r"(?<!\d)(?P<y>(?:18|19|20)\d\d)年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?)?",
        rf"{START}(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.\s?{YEAR}",
        rf"{START}(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|º)?\s+{OF}{MONTH},?\s+{OF}{YEAR}",
        rf"{START}{MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{YEAR}",
        rf"{START}{MONTH},?\s+{OF}{YEAR}",
        rf"{START}{YEAR},?\s+{MONTH}",
        rf"{START}(?P<m>0?[1-9]|1[0-2])/{YEAR}",
        rf"{START}{YEAR}",
    )
]
YEARS = re.compile(rf"{START}(?P<first>(?:18|19|20)\d\d)\s?[-\u2013\u2014]\s?{YEAR}")
LEAD = re.compile(rf"(?<!\S)(?:{'|'.join(f'(?P<{name}>{words})' for name, words in LEADS.items())})\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class DateWords:
    """A part of a text that names a date, and the filters it means."""

    start: int
    end: int
    filters: dict[str, str]


@dataclass(frozen=True)
class _Date:
    start: int
    end: int
    period: str  # `2023`, `2023-05` or `2023-05-31`


def find_dates(text: str) -> list[DateWords]:
    """
    The dates in a text with the words that lead to them; none where they contradict each other.

    A month without a year is no date: "may" and "mars" are words as well.
    """
    if years := YEARS.search(text):
        period = _range(years["first"], years["y"])
        if period and not _dates(text[: years.start()] + text[years.end() :]):
            return [DateWords(_lead(text, years.start())[0], years.end(), period)]
    dates = sorted(_dates(text), key=lambda date: date.start)
    if len(dates) == 2 and (words := _between(text, *dates)):
        return [words]
    found = [_with_lead(text, date) for date in dates]
    names = [name for words in found for name in words.filters]
    return found if len(names) == len(set(names)) and ("taken_in" not in names or len(names) == 1) else []


def _dates(text: str) -> list[_Date]:
    dates: list[_Date] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            if period := _period(match):
                dates.append(_Date(*match.span(), period))
                text = text[: match.start()] + "\0" * len(match[0]) + text[match.end() :]
    return dates


def _period(match: re.Match[str]) -> str:
    """The period that a match names; empty if the calendar has none, or nobody can have taken a photo then."""
    parts = match.groupdict()
    month = MONTHS.get(parts["name"].lower()) if parts.get("name") else parts.get("m")
    period = "-".join([parts["y"], *(f"{int(part):02}" for part in (month, month and parts.get("d")) if part)])
    return period if _is_possible(period) else ""


def _is_possible(period: str) -> bool:
    try:
        start = date_range(period)[0]
    except ValueError:
        return False
    return FIRST_YEAR <= start.year <= datetime.now(UTC).year + 1


def _lead(text: str, start: int) -> tuple[int, str]:
    """Where the word that leads to a date begins, and what it makes of the date."""
    match = LEAD.search(text[:start])
    return (match.start(), match.lastgroup or "taken_in") if match else (start, "taken_in")


def _with_lead(text: str, date: _Date) -> DateWords:
    start, meaning = _lead(text, date.start)
    if meaning in {"past", "through"}:
        name = "taken_after" if meaning == "past" else "taken_before"
        return DateWords(start, date.end, {name: _next(date.period)})
    return DateWords(start, date.end, {meaning: date.period})


def _next(period: str) -> str:
    """The period after this one."""
    return date_range(period)[1].date().isoformat()[: len(period)]


def _between(text: str, first: _Date, last: _Date) -> DateWords | None:
    """Two dates as a range: "May 2018 to June 2019", "between 2018 and 2020"."""
    gap = text[first.end : last.start]
    start, _ = _lead(text, first.start)
    is_pair = PAIRS.fullmatch(gap) and BETWEEN.match(text[start : first.start])
    filters = _range(first.period, last.period) if RANGES.fullmatch(gap) or is_pair else None
    return DateWords(start, last.end, filters) if filters else None


def _range(first: str, last: str) -> dict[str, str] | None:
    """The filters for two periods with what is between them; None if they are in the wrong order."""
    if not (_is_possible(first) and _is_possible(last)) or date_range(first)[0] > date_range(last)[0]:
        return None
    return {"taken_after": first, "taken_before": _next(last)}


def cut(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without these parts; only blanks beside them change."""
    kept = [part for part in _rest(text, sorted(spans)) if part]
    return " ".join(kept)


def _rest(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    position = 0
    for start, end in spans:
        yield text[position:start].strip(" ,")
        position = max(position, end)
    yield text[position:].strip(" ,") if spans else text
