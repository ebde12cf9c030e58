"""Which names a photo may have: those that a listing of its container can give back."""

import re

MAX_PATH_LENGTH = 1024  # characters of a blob's name, by the rules of Azure Storage
MAX_PATH_SEGMENTS = 254  # parts between slashes, likewise

# Azure forbids control characters in names. U+FFFE, U+FFFF and lone surrogates cannot be written in XML, which
# listings are: one such name, once it is accepted, breaks every listing of its container.
UNLISTABLE = r"\x00-\x1f\x7f-\x9f\ufffe\uffff"
_UNLISTABLE = re.compile(f"[{UNLISTABLE}\ud800-\udfff]")


def fault_in_name(name: str) -> str | None:
    """What keeps a blob from having this name, in words; None if nothing does."""
    if not name or len(name) > MAX_PATH_LENGTH:
        return f"a path must have 1 to {MAX_PATH_LENGTH} characters"
    if not name.strip():
        return "a path must not consist of blanks alone"
    if name.count("/") >= MAX_PATH_SEGMENTS:
        return f"a path must not have more than {MAX_PATH_SEGMENTS} parts"
    if "\\" in name:
        return "a path must not contain backslashes: storage takes them for slashes"
    if match := _UNLISTABLE.search(name):
        return f"a path must not contain U+{ord(match[0]):04X}: no list of photos could contain it"
    return None
