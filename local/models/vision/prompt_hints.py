"""The hints about a photo in a prompt: `name: value`, one on each line."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

HINT_LINE = re.compile(r"^\s*([a-z_ ]{2,20})\s*:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
# File names given by cameras say nothing: IMG_1234, DSC00042, 20240501_101112, PXL_..., "image (3)".
CAMERA_FILE_NAME = re.compile(
    r"^(img|dsc[nf]?|pxl|mvi|image|photo|picture|scan|screenshot|p|_|dcim|untitled)?[\W_\d]*$", re.I
)
COORDINATE_PAIR = re.compile(r"^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)")
HASH_NAME = re.compile(r"^[0-9a-f]{8,}$|^[0-9a-f-]{32,}$", re.IGNORECASE)
SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True)
class PromptHints:
    """The path, time and place of a photo, as far as the prompt gives them. Coordinates are latitude and longitude."""

    path: str = ""
    taken: datetime | None = None
    place: str = ""
    coordinates: tuple[float, float] | None = None

    @property
    def folder_words(self) -> tuple[str, ...]:
        """The names of the folders in the path, in words."""
        parts = PurePosixPath(self.path).parts[:-1]
        return tuple(words for part in parts if (words := _words_in_name(part)))

    @property
    def file_name_words(self) -> str:
        """The name of the file in words, or "" if a camera gave it."""
        return _words_in_name(PurePosixPath(self.path).stem)

    @property
    def season(self) -> str | None:
        """The season: that of the northern hemisphere unless the coordinates are in the southern."""
        is_southern = self.coordinates is not None and self.coordinates[0] < 0
        return SEASONS[(self.taken.month // 3 + 2 * is_southern) % 4] if self.taken else None

    @property
    def time_of_day(self) -> str | None:
        """The time of day by the clock. Exactly midnight means that the time is unknown."""
        if self.taken is None or (self.taken.hour, self.taken.minute, self.taken.second) == (0, 0, 0):
            return None
        hours = ((5, "night"), (11, "morning"), (14, "midday"), (18, "afternoon"), (22, "evening"))
        return next((part for end, part in hours if self.taken.hour < end), "night")


def parse_hints(text: str) -> PromptHints:
    """The hints in a prompt; unknown names are ignored."""
    hints = {name.strip().lower(): value for name, value in HINT_LINE.findall(text)}
    taken = next((hints[key] for key in ("taken", "taken_at", "date") if key in hints), None)
    path = next((hints[key] for key in ("path", "file", "name") if key in hints), "")
    place = next((hints[key] for key in ("place", "location", "city") if key in hints), "")
    coordinates = _parse_coordinates(place)
    return PromptHints(
        path=path, taken=_parse_datetime(taken), place="" if coordinates else place, coordinates=coordinates
    )


def _parse_datetime(text: str | None) -> datetime | None:
    """An ISO date or time, or None if the text isn't one."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _parse_coordinates(text: str) -> tuple[float, float] | None:
    """The latitude and longitude at the start of the text, if it isn't a name."""
    match = COORDINATE_PAIR.match(text)
    return (float(match[1]), float(match[2])) if match else None


def _words_in_name(name: str) -> str:
    """A file or folder name in words: `summer-trip_2024` is "summer trip 2024"; a camera's name or a hash is ""."""
    if CAMERA_FILE_NAME.match(name) or HASH_NAME.match(name):
        return ""
    separated = re.sub(r"(?<=[a-zäöüéèñ])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", separated).split())
