"""What a request costs in tokens, pictures by OpenAI's documented rules."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from local.models.api.pictures import Picture
from local.models.api.requests import ChatRequest

# Text is counted without a tokenizer: a word costs one token for every five letters begun, a sign costs one.
PIECE = re.compile(r"\s*\w{1,5}|\s*[^\w\s]|\s+$")
PER_MESSAGE = 3


@dataclass(frozen=True)
class Usage:
    """Tokens in and out of one call."""

    prompt: int
    completion: int

    def body(self) -> dict[str, object]:
        """The `usage` object of a chat completion."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


def pieces(text: str) -> list[str]:
    """The text cut into tokens; joined they are the text again."""
    return PIECE.findall(text)


def text_tokens(text: str) -> int:
    """How many tokens a text has."""
    return len(pieces(text))


def tile_tokens(picture: Picture, base: int = 85, per_tile: int = 170) -> int:
    """The rule of the tile models (GPT-4o, GPT-4.1): fit in 2048², shortest side to 768, 512-pixel tiles."""
    if picture.detail == "low":
        return base
    width, height = float(picture.width), float(picture.height)
    fit = min(1.0, 2048 / max(width, height))
    width, height = width * fit, height * fit
    shrink = min(1.0, 768 / min(width, height))
    tiles = math.ceil(width * shrink / 512) * math.ceil(height * shrink / 512)
    return base + per_tile * tiles


def patch_tokens(picture: Picture, budget: int = 1536, multiplier: float = 1.62) -> int:
    """The rule of the patch models (GPT-4.1-mini, GPT-5-mini): 32-pixel patches, scaled down to a budget."""
    width, height = picture.width, picture.height
    patches = math.ceil(width / 32) * math.ceil(height / 32)
    if patches > budget:
        scale = math.sqrt(32 * 32 * budget / (width * height))
        wide, high = width * scale / 32, height * scale / 32
        scale *= min(math.floor(wide) / wide, math.floor(high) / high)
        patches = math.ceil(round(width * scale, 6) / 32) * math.ceil(round(height * scale, 6) / 32)
    return math.ceil(min(patches, budget) * multiplier)


IMAGE_RULES = {"stand-in-vision": tile_tokens, "stand-in-chat": patch_tokens}


def prompt_tokens(request: ChatRequest, pictures: list[Picture]) -> int:
    """Tokens of the whole prompt: messages, tool descriptions and pictures."""
    words = sum(PER_MESSAGE + text_tokens(message.text()) for message in request.messages)
    calls = [call.function for message in request.messages for call in message.tool_calls or []]
    words += sum(text_tokens(call.name + call.arguments) for call in calls)
    tools = sum(text_tokens(tool.model_dump_json()) for tool in request.tools or [])
    rule = IMAGE_RULES[request.model]
    return words + tools + sum(rule(picture) for picture in pictures) + PER_MESSAGE
