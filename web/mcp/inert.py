"""Results in which no word of a stranger's is a link, a picture or an element, whatever a client makes of them."""

import re
from typing import Any

from query.chat.answer_markup import MarkupFilter


def inert_text(text: str) -> str:
    """The text with spaces where it would be more than text."""
    return MarkupFilter().feed(text)


def inert(value: Any, page_url: str) -> Any:
    """The same of JSON, but for addresses of photos and proposals on our own page."""
    own = re.compile(re.escape(page_url) + r"\?(photo|view=review&proposal)=[0-9a-f]{32}")
    return _inert(value, own)


def _inert(value: Any, own: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return value if own.fullmatch(value) else inert_text(value)
    if isinstance(value, list):
        return [_inert(each, own) for each in value]
    if isinstance(value, dict):
        return {inert_text(name): _inert(each, own) for name, each in value.items()}
    return value
