"""About how many tokens texts have, for what the model's server has not counted yet, or never will."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

BYTES_PER_TOKEN = 4  # of text in most scripts


def estimated_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """Of messages of text; the chat model gets no pictures."""
    return sum(_tokens_of(each) for each in messages)


def _tokens_of(message: Mapping[str, Any]) -> int:
    text = json.dumps([message["content"], message.get("tool_calls")], ensure_ascii=False)
    return tokens_of_text(text)


def tokens_of_text(text: str) -> int:
    """Of a text."""
    return len(text.encode(errors="replace")) // BYTES_PER_TOKEN
