"""Replies of `/mcp` in which nothing may be more than text."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.attacks.reply import Reply
from tests.attacks.target import Target

# What a client could follow or show, as it is where nothing has broken it up: `https:// evil.example` is only words.
MARKUP = re.compile(r"\]\(|<(?:img|script)\b|www\.\w", re.IGNORECASE)
URL = re.compile(r"\b(?:https?|ftp|file)://[^\s\"'<>)\]]+", re.IGNORECASE)


def check_inert(target: Target, reply: Reply) -> None:
    """Nothing in it is a link or an element, but for addresses of photos and proposals on the app's own page."""
    for text in _texts(json.loads(reply.body)):
        if text.startswith("data:image/jpeg;base64,") or text.startswith(("photos://", "ui://", "<!doctype html>")):
            continue
        foreign = [
            each for each in URL.findall(text) if not each.startswith((f"{target.url}/?photo=", f"{target.url}/?view="))
        ]
        assert not foreign, f"it tells the address {foreign[0][:200]!r}"
        markup = MARKUP.search(text)
        assert not markup, f"it tells {text[max(markup.start() - 40, 0) : markup.end() + 40]!r}"


def told_places(reply: Reply) -> set[str]:
    """The places whose hostile words are in a reply, broken up."""
    return set(re.findall(r"!\[(\w+)\] \(", reply.body.decode()))


def _texts(value: Any) -> Iterator[str]:
    """Every text in JSON, also in JSON that is a text of it."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            inner = None
        yield from _texts(inner) if isinstance(inner, dict | list) else (value,)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)
