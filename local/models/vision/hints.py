"""What the request says about a photo besides its pixels: `name: value`, one a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

HINT = re.compile(r"^\s*([a-z_ ]{2,20})\s*:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
# Camera counters and dates name nothing: IMG_1234, DSC00042, 20240501_101112, PXL_..., "image (3)", hashes.
COUNTER = re.compile(r"^(img|dsc[nf]?|pxl|mvi|image|photo|picture|scan|screenshot|p|_|dcim|untitled)?[\W_\d]*$", re.I)
PAIR = re.compile(r"^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)")
HASH = re.compile(r"^[0-9a-f]{8,}$|^[0-9a-f-]{32,}$", re.IGNORECASE)
SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True)
class Hints:
    """Path, time and place of a photo, as far as the request gives them; `spot` is latitude and longitude."""

    path: str = ""
    taken: datetime | None = None
    place: str = ""
    spot: tuple[float, float] | None = None

    @property
    def folder_words(self) -> tuple[str, ...]:
        """The folders of the path, in words."""
        parts = PurePosixPath(self.path).parts[:-1]
        return tuple(words for part in parts if (words := in_words(part)))

    @property
    def name_words(self) -> str:
        """The file's name in words, or "" when it is only a counter."""
        return in_words(PurePosixPath(self.path).stem)

    @property
    def season(self) -> str | None:
        """The season; where nothing says that the photo is from the south, that of the northern half of the earth."""
        south = self.spot is not None and self.spot[0] < 0
        return SEASONS[(self.taken.month // 3 + 2 * south) % 4] if self.taken else None

    @property
    def day_part(self) -> str | None:
        """Morning, afternoon, evening or night by the clock; midnight sharp means the time is unknown."""
        if self.taken is None or (self.taken.hour, self.taken.minute, self.taken.second) == (0, 0, 0):
            return None
        hours = ((5, "night"), (11, "morning"), (14, "midday"), (18, "afternoon"), (22, "evening"))
        return next((part for end, part in hours if self.taken.hour < end), "night")


def read_hints(text: str) -> Hints:
    """The hints in a prompt; names that are not known are passed over."""
    given = {name.strip().lower(): value for name, value in HINT.findall(text)}
    taken = next((given[key] for key in ("taken", "taken_at", "date") if key in given), None)
    path = next((given[key] for key in ("path", "file", "name") if key in given), "")
    place = next((given[key] for key in ("place", "location", "city") if key in given), "")
    spot = coordinates(place)
    return Hints(path=path, taken=moment(taken), place="" if spot else place, spot=spot)


def moment(text: str | None) -> datetime | None:
    """An ISO date or time; None when it is not one."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def coordinates(text: str) -> tuple[float, float] | None:
    """The latitude and longitude that a place consists of, if it is no name."""
    found = PAIR.match(text)
    return (float(found[1]), float(found[2])) if found else None


def in_words(name: str) -> str:
    """A file or folder name in words: `summer-trip_2024` is "summer trip 2024"; a counter or hash is ""."""
    if COUNTER.match(name) or HASH.match(name):
        return ""
    spaced = re.sub(r"(?<=[a-zäöüéèñ])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", spaced).split())
