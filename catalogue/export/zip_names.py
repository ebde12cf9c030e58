"""What photos are called in a zip: by their paths, as far as every system can unpack them."""

import re

from shared.photo import Photo

# What Windows, macOS or a shell take for something else, and marks that show a name in another order than it has.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def zip_name(photo: Photo) -> str:
    """The path in a zip. One that had to be changed has the photo's id in it, so that no two become the same."""
    name = "/".join(_safe(part) for part in photo.path.split("/"))
    if name == photo.path:
        return name
    stem, dot, extension = name.rpartition(".")
    return f"{stem}-{photo.id}.{extension}" if dot and "/" not in extension else f"{name}-{photo.id}"


def _safe(part: str) -> str:
    text = UNSAFE.sub("_", part)
    if RESERVED.fullmatch(text) or not text.strip(". "):
        return f"_{text.strip('. ')}"
    return text.rstrip(". ") + "_" * (len(text) - len(text.rstrip(". ")))
