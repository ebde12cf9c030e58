"""
A vision model with so many places and, if one is set, a quota of tokens a minute; embeddings come from elsewhere.

    python -m benchmarks.limited_model --port 9000 --embeddings http://127.0.0.1:7073/v1 --places 24 --seconds 6

It is a process of its own, so that its processor time is not the pipeline's. `GET /counts` tells the calls it answered
and refused. As Azure does, it counts a call's tokens when it comes, and refuses with 429 what is beyond a sixth of the
quota in ten seconds; Retry-After tells when the next ten begin. Answers tell in Azure's headers what is left.
"""

import argparse
import asyncio
import base64
import io
import json
import math
import time
from collections import Counter
from typing import Any

import httpx
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PERIOD = 10.0  # seconds in which a sixth of the quota may be used
WORDS, ANSWER = 620, 330  # tokens of the prompt beside the picture, and of the answer
PATCH, PATCH_TOKENS, MAX_PATCHES = 32, 1.2, 2_500  # pixels, and what docs/models.md says that a picture costs
TOKENS = 1_872  # of one call with a preview of 1024 x 768
DESCRIPTION = {
    "title": "A street in the rain", "alt_text": "People with umbrellas cross a street.",
    "caption": "People with umbrellas cross a wide street while it rains. " * 6,
    "tags": ["street", "rain", "umbrella", "people", "city"], "text_in_photo": "", "people": 4,
    "setting": "outdoors", "colors": ["gray"],
}  # fmt: skip


class LimitedModel:
    """One deployment of a model."""

    def __init__(self, embeddings: str, *, places: int, seconds: float, tokens_per_minute: int = 0) -> None:
        self.counts = Counter[str]()
        self._http = httpx.AsyncClient(trust_env=False)
        self._embeddings = embeddings
        self._places = asyncio.Semaphore(places)
        self._seconds = seconds
        self._tokens = tokens_per_minute * PERIOD / 60
        self._period = 0
        self._used = 0.0

    async def chat(self, request: Request) -> Response:
        tokens = tokens_of(await request.json())
        if wait := self._refuse(tokens):
            self.counts["refused"] += 1
            error = {"error": {"code": "429", "message": "the quota is used up"}}
            return JSONResponse(error, 429, {"Retry-After": str(math.ceil(wait))})
        async with self._places:
            await asyncio.sleep(self._seconds)
        self.counts["answered"] += 1
        self.counts["tokens"] += tokens
        message = {"role": "assistant", "content": json.dumps(DESCRIPTION)}
        usage = {"prompt_tokens": tokens - ANSWER, "completion_tokens": ANSWER, "total_tokens": tokens}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "limited", "choices": [choice]}
        return JSONResponse(body | {"usage": usage}, headers=self._told())

    def _told(self) -> dict[str, str]:
        """What is left of the quota, of which calls that came meanwhile have taken their part."""
        if not self._tokens:
            return {}
        now = time.monotonic()
        used = self._used if int(now / PERIOD) == self._period else 0.0
        return {
            "x-ratelimit-limit-tokens": str(int(self._tokens)),
            "x-ratelimit-remaining-tokens": str(int(self._tokens - used)),
            "x-ratelimit-reset-tokens": str(math.ceil(PERIOD - now % PERIOD)),
        }

    def _refuse(self, tokens: int) -> float:
        """Seconds until the quota allows the call; 0 if it does now."""
        if not self._tokens:
            return 0.0
        now = time.monotonic()
        if (period := int(now / PERIOD)) != self._period:
            self._period, self._used = period, 0.0
        if self._used + tokens > self._tokens:
            return (period + 1) * PERIOD - now
        self._used += tokens
        return 0.0

    async def embed(self, request: Request) -> Response:
        reply = await self._http.post(f"{self._embeddings}/embeddings", content=await request.body(), timeout=60)
        self.counts["embedding calls"] += 1
        return Response(reply.content, reply.status_code, media_type="application/json")

    async def tell(self, _: Request) -> Response:
        return JSONResponse(self.counts)


def tokens_of(body: dict[str, Any]) -> int:
    """The tokens of a call, those of its pictures by their size."""
    parts = [
        each for message in body["messages"] if isinstance(message["content"], list) for each in message["content"]
    ]
    urls = [each["image_url"]["url"] for each in parts if each["type"] == "image_url"]
    return WORDS + ANSWER + sum(picture_tokens(base64.b64decode(url.partition(",")[2])) for url in urls)


def picture_tokens(data: bytes) -> int:
    """A picture is cut into patches, and made smaller where these are too many."""
    width, height = Image.open(io.BytesIO(data)).size
    patches = math.ceil(width / PATCH) * math.ceil(height / PATCH)
    return math.ceil(PATCH_TOKENS * min(patches, MAX_PATCHES))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--embeddings", required=True)
    parser.add_argument("--places", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--tokens-per-minute", type=int, default=0)
    options = parser.parse_args()
    model = LimitedModel(
        options.embeddings,
        places=options.places,
        seconds=options.seconds,
        tokens_per_minute=options.tokens_per_minute,
    )
    routes = [
        Route("/v1/chat/completions", model.chat, methods=["POST"]),
        Route("/v1/embeddings", model.embed, methods=["POST"]),
        Route("/counts", model.tell),
    ]
    uvicorn.run(Starlette(routes=routes), port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
