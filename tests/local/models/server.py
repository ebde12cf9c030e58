"""The model stand-in as a child process, and the requests that tests send it."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
from PIL import Image, ImageDraw, ImageFont

from tests.machine import ROOT, eventually, free_port

VISION, CHAT, EMBEDDING = "stand-in-vision", "stand-in-chat", "stand-in-embedding"


@dataclass
class Stand:
    """A running stand-in, with the real clients that talk to it."""

    url: str
    client: openai.OpenAI = field(init=False)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="any", max_retries=0, timeout=60)
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def close(self) -> None:
        self.client.close()
        self.http.close()

    def behave(self) -> None:
        """No faults, no record, full descriptions."""
        self.http.delete("/__faults")
        self.http.delete("/__calls")
        self.http.post("/__options", json={"describe": "full"})

    def fault(self, kind: str, on: str = "any", **more: Any) -> None:
        self.http.post("/__faults", json={"kind": kind, "on": on, **more}).raise_for_status()

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/__calls").json()
        return found

    def describe(self, url: str, hints: str = "path: new.jpg", **more: Any) -> dict[str, Any]:
        """What the stand-in says of a picture, by the app's own schema."""
        reply = self.client.chat.completions.create(
            model=VISION, messages=describing(url, hints), **{"response_format": SCHEMA, **more}
        )
        filled: dict[str, Any] = json.loads(reply.choices[0].message.content or "")
        return filled


@contextmanager
def running_stand(*options: str) -> Iterator[Stand]:
    """A stand-in of one's own on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "local.models", "--port", str(port), *options]
    child = subprocess.Popen(command, cwd=ROOT)
    stand = Stand(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: stand.http.get("/__health").raise_for_status(), timeout=30)
        yield stand
    finally:
        stand.close()
        child.terminate()
        child.wait(timeout=20)


def describing(url: str, hints: str = "path: new.jpg", detail: str = "high") -> Any:
    """Messages that ask for a description."""
    picture = {"type": "image_url", "image_url": {"url": url, "detail": detail}}
    return [
        {"role": "system", "content": "Describe the photo as JSON."},
        {"role": "user", "content": [{"type": "text", "text": hints}, picture]},
    ]


def schema_of(**properties: Any) -> dict[str, Any]:
    """A strict response format with these properties, all required."""
    body = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "description", "strict": True, "schema": body}}


WORDS = {"type": "array", "items": {"type": "string"}}
SETTINGS = ["indoors", "outdoors", "studio", "screen", "document", "unclear"]
SCHEMA = schema_of(
    title={"type": "string"},
    alt_text={"type": "string"},
    caption={"type": "string"},
    tags=WORDS,
    text_in_photo={"type": "string"},
    people={"type": "integer"},
    setting={"type": "string", "enum": SETTINGS},
    colors=WORDS,
)


def painted(color: str = "blue", size: tuple[int, int] = (640, 480), text: str = "") -> Image.Image:
    """A picture in one colour, with white words on it."""
    image = Image.new("RGB", size, color)
    ImageDraw.Draw(image).text((60, size[1] // 3), text, fill="white", font=ImageFont.load_default(56))
    return image


def data_url(image: Image.Image, kind: str = "JPEG") -> str:
    """A picture as the data URL that goes into a request."""
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=image.info.get("exif", b""))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
