"""About how many tokens texts have, for what the model's server has not counted yet, or never will."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

BYTES_PER_TOKEN = 4  # of text in most scripts
_json = json.JSONEncoder(ensure_ascii=False).encode  # an encoder that is kept writes a text at once


def estimated_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """Of messages of text; the chat model gets no pictures."""
    return sum(_tokens_of(each) for each in messages)


def _tokens_of(message: Mapping[str, Any]) -> int:
    content, calls = _json(message["content"]), message.get("tool_calls")
    return tokens_of_text(f"[{content}, {_json(calls) if calls else 'null'}]")


def tokens_of_text(text: str) -> int:
    """Of a text."""
    return (len(text) if text.isascii() else len(text.encode(errors="replace"))) // BYTES_PER_TOKEN
