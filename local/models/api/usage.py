"""How many tokens a request uses; images are counted by OpenAI's documented rules."""

import math
import re
from dataclasses import dataclass

from local.models.api.catalog import CHAT_MODEL, VISION_MODEL
from local.models.api.images import InputImage
from local.models.api.requests import ChatCompletionRequest, ImagePart, TextPart

# Text is counted without a tokenizer: one token for every five letters of a word or part of them, one for a sign.
TOKEN = re.compile(r"\s*\w{1,5}|\s*[^\w\s]|\s+$")
TOKENS_PER_MESSAGE = 3


@dataclass(frozen=True)
class EstimatedUsage:
    """The estimated tokens of a prompt and its completion."""

    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0

    def body(self) -> dict[str, object]:
        """The `usage` object of a chat completion."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {"reasoning_tokens": self.reasoning_tokens, "audio_tokens": 0},
        }


def split_into_tokens(text: str) -> list[str]:
    """The text cut into tokens; joined, they are the text again."""
    return TOKEN.findall(text)


def _tile_tokens(image: InputImage, base: int = 85, per_tile: int = 170) -> int:
    """The rule of the tile models (GPT-4o, GPT-4.1): fit into 2048², shortest side to 768, 512-pixel tiles."""
    if image.detail == "low":
        return base
    width, height = float(image.width), float(image.height)
    fit = min(1.0, 2048 / max(width, height))
    width, height = width * fit, height * fit
    shrink = min(1.0, 768 / min(width, height))
    tiles = math.ceil(width * shrink / 512) * math.ceil(height * shrink / 512)
    return base + per_tile * tiles


def _patch_tokens(image: InputImage, budget: int = 1536, multiplier: float = 1.62) -> int:
    """The rule of the patch models (GPT-4.1-mini, GPT-5-mini): 32-pixel patches, scaled down to a budget."""
    width, height = image.width, image.height
    patches = math.ceil(width / 32) * math.ceil(height / 32)
    if patches > budget:
        scale = math.sqrt(32 * 32 * budget / (width * height))
        patches_wide, patches_high = width * scale / 32, height * scale / 32
        scale *= min(math.floor(patches_wide) / patches_wide, math.floor(patches_high) / patches_high)
        patches = math.ceil(round(width * scale, 6) / 32) * math.ceil(round(height * scale, 6) / 32)
    return math.ceil(min(patches, budget) * multiplier)


IMAGE_TOKEN_RULES = {VISION_MODEL: _tile_tokens, CHAT_MODEL: _patch_tokens}


def prompt_tokens(request: ChatCompletionRequest, images: list[InputImage]) -> list[str]:
    """The tokens of the whole prompt in the order that a model reads them; an image is its digest, again and again."""
    tokens = [token for tool in request.tools or [] for token in split_into_tokens(tool.model_dump_json())]
    rule, pictures = IMAGE_TOKEN_RULES[request.model], iter(images)
    for message in request.messages:
        tokens += [message.role] * TOKENS_PER_MESSAGE
        for part in message.parts():
            if isinstance(part, ImagePart):
                image = next(pictures)
                tokens += [image.digest[:8]] * rule(image)
            elif isinstance(part, TextPart):
                tokens += split_into_tokens(part.text)
        for call in message.tool_calls or []:
            tokens += split_into_tokens(call.function.name + call.function.arguments)
    return tokens + ["assistant"] * TOKENS_PER_MESSAGE
