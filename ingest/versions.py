"""
What a document was made with, beside the recipe of its description.

Raise a number when what it stands for changes, and photos that are already indexed follow: `python -m ingest refresh`
and reconcile read them again, without a caption. A document without numbers is of the first release and counts as 0.
Only older numbers count as out of date, so that two releases running side by side do not undo each other's work.
"""

from dataclasses import asdict, dataclass

from shared.photo import Photo


@dataclass(frozen=True)
class Versions:
    """
    One number for each part of a document that may change:

    - facts: what the readers of metadata, file names and places make of a file (`ingest/facts`, `ingest/places.py`)
    - fields: which fields a document has, and how they follow from the facts (`shared/photo.py`, `ingest/document.py`)
    - analyzers: how the index cuts texts into terms (`shared/photo.py`), and what is searched and not shown
      (`shared/search/search_words.py`)
    - text: what is embedded (`text_to_embed`)
    """

    facts_version: int
    fields_version: int
    analyzers_version: int
    text_version: int


CURRENT = Versions(facts_version=1, fields_version=1, analyzers_version=2, text_version=1)
STAMP = asdict(CURRENT)  # as the fields of a document


def is_outdated(photo: Photo) -> bool:
    """Whether any part of the document was made by an older version."""
    return any(getattr(photo, name) < number for name, number in STAMP.items())


def needs_no_reading(photo: Photo) -> bool:
    """Whether only the analyzers are newer: what is only searched can be written from the rest."""
    return is_outdated(photo) and not any(
        getattr(photo, name) < number for name, number in STAMP.items() if name != "analyzers_version"
    )


def outdated_filter() -> str:
    """The documents for which `is_outdated` is true, as OData, in parentheses so that more can be asked for."""
    return "(" + " or ".join(f"{name} eq null or {name} lt {number}" for name, number in STAMP.items()) + ")"
