"""What the request says about a photo besides its pixels: `name: value`, one a line."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

HINT_LINE = re.compile(r"^\s*([a-z_ ]{2,20})\s*:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
# Camera counters and dates name nothing: IMG_1234, DSC00042, 20240501_101112, PXL_..., "image (3)", hashes.
CAMERA_FILE_NAME = re.compile(
    r"^(img|dsc[nf]?|pxl|mvi|image|photo|picture|scan|screenshot|p|_|dcim|untitled)?[\W_\d]*$", re.I
)
COORDINATE_PAIR = re.compile(r"^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)")
HASH_NAME = re.compile(r"^[0-9a-f]{8,}$|^[0-9a-f-]{32,}$", re.IGNORECASE)
SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True)
class PromptHints:
    """Path, time and place of a photo, as far as the request gives them; `spot` is latitude and longitude."""

    path: str = ""
    taken: datetime | None = None
    place: str = ""
    coordinates: tuple[float, float] | None = None

    @property
    def folder_words(self) -> tuple[str, ...]:
        """The folders of the path, in words."""
        parts = PurePosixPath(self.path).parts[:-1]
        return tuple(words for part in parts if (words := _words_in_name(part)))

    @property
    def file_name_words(self) -> str:
        """The file's name in words, or "" when it is only a counter."""
        return _words_in_name(PurePosixPath(self.path).stem)

    @property
    def season(self) -> str | None:
        """The season; where nothing says that the photo is from the south, that of the northern half of the earth."""
        is_southern = self.coordinates is not None and self.coordinates[0] < 0
        return SEASONS[(self.taken.month // 3 + 2 * is_southern) % 4] if self.taken else None

    @property
    def time_of_day(self) -> str | None:
        """Morning, afternoon, evening or night by the clock; midnight sharp means the time is unknown."""
        if self.taken is None or (self.taken.hour, self.taken.minute, self.taken.second) == (0, 0, 0):
            return None
        hours = ((5, "night"), (11, "morning"), (14, "midday"), (18, "afternoon"), (22, "evening"))
        return next((part for end, part in hours if self.taken.hour < end), "night")


def parse_hints(text: str) -> PromptHints:
    """The hints in a prompt; names that are not known are passed over."""
    hints = {name.strip().lower(): value for name, value in HINT_LINE.findall(text)}
    taken = next((hints[key] for key in ("taken", "taken_at", "date") if key in hints), None)
    path = next((hints[key] for key in ("path", "file", "name") if key in hints), "")
    place = next((hints[key] for key in ("place", "location", "city") if key in hints), "")
    coordinates = _parse_coordinates(place)
    return PromptHints(
        path=path, taken=_parse_datetime(taken), place="" if coordinates else place, coordinates=coordinates
    )


def _parse_datetime(text: str | None) -> datetime | None:
    """An ISO date or time; None when it is not one."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _parse_coordinates(text: str) -> tuple[float, float] | None:
    """The latitude and longitude that a place consists of, if it is no name."""
    match = COORDINATE_PAIR.match(text)
    return (float(match[1]), float(match[2])) if match else None


def _words_in_name(name: str) -> str:
    """A file or folder name in words: `summer-trip_2024` is "summer trip 2024"; a counter or hash is ""."""
    if CAMERA_FILE_NAME.match(name) or HASH_NAME.match(name):
        return ""
    separated = re.sub(r"(?<=[a-zäöüéèñ])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", separated).split())
