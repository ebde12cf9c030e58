"""Rules of folders in OData, where the longest folder that a photo lies in counts."""

import unicodedata
from collections.abc import Iterator, Mapping, Set

from shared.access.rules import is_within
from shared.search.odata import string_literal

NO_FOLDER = "id eq ''"


def granted_folders(folders: Mapping[str, Set[str]], principals: Set[str]) -> str:
    """The photos that the rule of the longest folder grants to any of these principals, by their field `folder`."""
    grants = {folder: not see.isdisjoint(principals) for folder, see in folders.items()}
    above = _changes(grants)
    clauses = [
        " and ".join([_within(folder), *(f"not {_within(each)}" for each in above if above[each] == folder)])
        for folder in above
        if grants[folder]
    ]
    return f"({' or '.join(clauses)})" if clauses else NO_FOLDER


def _changes(grants: Mapping[str, bool]) -> dict[str, str | None]:
    """
    The folders where something else counts than above them, each with the one above it where that began.

    Above the top nothing is granted, so a folder that is granted and one that is not take turns.
    """
    changes: dict[str, str | None] = {}
    for folder in sorted(grants, key=lambda each: each.count("/") + bool(each)):
        above = next((each for each in reversed(changes) if is_within(folder, each)), None)
        if grants[folder] != (above is not None and grants[above]):
            changes[folder] = above
    return changes


def _within(folder: str) -> str:
    """The photos in a folder or below it, however its accents are written."""
    if not folder:
        return "id ne ''"
    spellings = dict.fromkeys((folder, unicodedata.normalize("NFD", folder)))
    clauses = [clause for each in spellings for clause in _spelling(each)]
    return f"({' or '.join(clauses)})"


def _spelling(folder: str) -> Iterator[str]:
    yield f"folder eq {string_literal(folder)}"
    # '0' is the character after '/', so all subfolders sort between the two.
    yield f"(folder ge {string_literal(folder + '/')} and folder lt {string_literal(folder + '0')})"
