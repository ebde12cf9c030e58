"""Times in file names, as phones, drones, scanners and messengers write them."""

import re
from datetime import UTC, datetime, timedelta

from ingest.facts.times import Moment, plausible_moment

# What only looks like a date: identifiers, hashes, sizes in pixels.
_IDENTIFIERS = re.compile(
    r"(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{16,}(?![0-9a-z])"
    r"|(?<!\d)\d{2,5}\s?[x\u00d7]\s?\d{2,5}(?!\d)",
    re.IGNORECASE,
)
# A date may follow a word in letters (`IMG20240501`, `BURST20240501`), but no digits, and no letter after digits.
_START = r"(?<![0-9])(?<![0-9][A-Za-z])"
_YEAR, _MONTH, _DAY = r"(?P<year>18[2-9]\d|19\d\d|20\d\d)", r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
_NO_DATE = r"(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))"  # as in `20240501-20240507`
_COMPACT_TIME = r"(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)(?:\d{2,3})?(?!\d)"
_HALF = r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))"
_SPLIT_TIME = (
    r"(?P<hour>[01]?\d|2[0-4])(?P<by>[-_.:h ])(?P<minute>[0-5]\d)(?:(?P=by)(?P<second>[0-5]\d)(?!\d))" + _HALF + "?"
)
_SHORT_TIME = r"(?P<hour>[01]?\d|2[0-4])[.:h](?P<minute>[0-5]\d)(?!\d|[.:]\d)"
_AT = r"(?:\s?(?:at|um|à|a las|kl\.?|,)\s|[-_ T.,]{1,3})"


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts))


_SPLIT_DATE = _YEAR + r"(?P<sep>[-_.: ])" + _MONTH + r"(?P=sep)" + _DAY
_PATTERNS = (
    _pattern(_START, _YEAR, _MONTH, _DAY, r"[-_ T.]{0,3}", _NO_DATE, _COMPACT_TIME),
    _pattern(_START, _YEAR, _MONTH, _DAY, _AT, _SPLIT_TIME),
    _pattern(_START, _SPLIT_DATE, _AT, _COMPACT_TIME),
    _pattern(_START, _SPLIT_DATE, _AT, _SPLIT_TIME),
    _pattern(_START, _SPLIT_DATE, r"\s(?:at|um|à|kl\.?)\s", _SHORT_TIME, _HALF, "?"),
    _pattern(_START, _SPLIT_DATE, r"\s", _SHORT_TIME, _HALF),
    _pattern(_START, _SPLIT_DATE, r"(?![0-9])"),
    _pattern(_START, r"(?<![0-9][-.])", _YEAR, _MONTH, _DAY, r"(?![0-9A-Za-z])(?![-.]\d{3,4}(?:[-.]\d|\b[-.]))"),
    # Day first, as Germans and Russians write it; with other signs it could as well be month first.
    _pattern(
        _START, r"(?<![0-9]\.)", _DAY, r"\.", _MONTH, r"\.", _YEAR, r"(?:", _AT, _SPLIT_TIME, r"|(?![0-9]|\.[0-9]))"
    ),
)
# Milliseconds since 1970. Bare ones only from 2014 on: before those, an article number (GTIN) may look the same.
_EPOCH = re.compile(r"(?<![0-9A-Za-z.+-])(?:[A-Za-z_]+[-_ ]?)?(\d{13})(?![0-9A-Za-z])")
_EPOCH_WORD = re.compile(
    r"(?:img|image|photo|pic|mmexport|wx_camera|vid|screenshot|fb_img|temp|camera)[-_ ]?\d{13}", re.I
)
FIRST_EPOCH, FIRST_BARE_EPOCH = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), datetime(2014, 5, 14, tzinfo=UTC)


def moment_of(name: str) -> Moment | None:
    """The time in a blob's or file's name, whole or only its day; None where there is none."""
    stem = _IDENTIFIERS.sub("#", name.rpartition("/")[2].replace("\u202f", " ").replace("\u200e", ""))
    for pattern in _PATTERNS:
        for match in pattern.finditer(stem):
            if result := _moment(match.groupdict()):
                return result
    return _epoch(stem)


def _moment(parts: dict[str, str | None]) -> Moment | None:
    year, month, day, hour, minute, second = (
        int(text) if (text := parts.get(part)) else None
        for part in ("year", "month", "day", "hour", "minute", "second")
    )
    half = parts.get("half")
    if half and hour is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return plausible_moment((year, month, day, hour, minute, second), "file_name")


def _epoch(stem: str) -> Moment | None:
    match = _EPOCH.search(stem)
    if not match:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
    first = FIRST_EPOCH if _EPOCH_WORD.search(stem) else FIRST_BARE_EPOCH
    if not first <= moment < datetime.now(UTC) + timedelta(days=2):
        return None
    return Moment(local=moment.replace(tzinfo=None), source="file_name", zone="+00:00", instant=True)
