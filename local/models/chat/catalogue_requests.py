"""Requests to write something about photos: `tag these as catalogue 2026`, `make a collection Boats of them`."""

import re
from dataclasses import dataclass
from typing import Literal

from local.models.chat.lexicon import Lexicon

Change = Literal["tag", "untag", "collect"]
CHANGES: tuple[Change, ...] = ("untag", "collect", "tag")
QUOTES = "\"'“”„«»\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK} \t\n.!?"


@dataclass(frozen=True)
class CatalogueRequest:
    """What to write: the tags, or the name of the collection."""

    change: Change
    what: str

    @property
    def tags(self) -> list[str]:
        return [tag for each in self.what.split(",") if (tag := each.strip(QUOTES))]


def take_request(text: str, language: Lexicon) -> tuple[CatalogueRequest | None, str]:
    """The request of a question, if it is one, and the rest of the text, which says of which photos."""
    polite = "|".join(map(re.escape, language.alternatives("polite")))
    for change in CHANGES:
        for pattern in language.requests[change]:
            match = re.search(rf"^\W*(?:(?:{polite})\W+)*{pattern}\W*$", text.strip(), re.IGNORECASE)
            if match and (what := match["what"].strip(QUOTES)):
                return CatalogueRequest(change, what), match["which"]
    return None, text
