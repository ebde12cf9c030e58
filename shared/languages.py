"""Languages by their BCP 47 tags: `de`, `pt-BR`, `zh-Hans`. Names are English, from `languages.tsv`."""

import functools
import re
from pathlib import Path
from typing import NamedTuple

ENGLISH = "en"
TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<variants>(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)",
    re.IGNORECASE,
)
# What people call a language as it is written somewhere.
NAMES_OF_VARIANTS = {
    "american english": "en-US",
    "british english": "en-GB",
    "brazilian portuguese": "pt-BR",
    "european portuguese": "pt-PT",
    "canadian french": "fr-CA",
    "latin american spanish": "es-419",
    "simplified chinese": "zh-Hans",
    "traditional chinese": "zh-Hant",
}


class _Table(NamedTuple):
    names: dict[str, str]  # by subtag
    subtags: dict[str, str]  # by every subtag that means the same
    tags: dict[str, str]  # by name in lower case


def parse_language(text: str) -> str:
    """The tag, in its usual spelling, for a tag or an English name of a language; ValueError says what is wrong."""
    table, words = _table(), " ".join(text.split())
    match = TAG.fullmatch(words.replace("_", "-"))
    subtag = table.subtags.get(match["language"].lower()) if match else None
    if match and subtag:
        return _spelled(subtag, match)
    tag = table.tags.get(words.lower())
    if tag is None:
        raise ValueError(
            f'"{words[:60]}" is not a language that is known here; use a BCP 47 tag, such as de, pt-BR or zh-Hans, '
            "or the English name of a language, such as German"
        )
    return tag


def describe_language(tag: str) -> str:
    """A tag for a reader of English: `German`, `Portuguese (pt-BR)`."""
    language = tag.partition("-")[0]
    name = _table().names[language]
    return name if tag == language else f"{name} ({tag})"


def _spelled(subtag: str, match: re.Match[str]) -> str:
    """Languages in lower case, scripts capitalized, regions in capitals: what means the same is spelled alike."""
    parts = (subtag, (match["script"] or "").capitalize(), (match["region"] or "").upper())
    return "-".join(part for part in parts if part) + match["variants"].lower()


@functools.cache
def _table() -> _Table:
    lines = (Path(__file__).parent / "languages.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [(*line.split("\t"), "")[:3] for line in lines]
    names = {subtag: name for subtag, name, _ in rows}
    subtags = {each: subtag for subtag, _, others in rows for each in (subtag, *others.split())}
    tags = {name.lower(): subtag for subtag, name in names.items()}
    return _Table(names, subtags, tags | NAMES_OF_VARIANTS)
