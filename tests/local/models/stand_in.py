"""Runs the model stand-in as a child process, and builds the requests that tests send to it."""

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
SMALL = "stand-in-embedding-small"


@dataclass
class ModelStandIn:
    """A running stand-in, with the real clients that tests use."""

    url: str
    client: openai.OpenAI = field(init=False)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="any", max_retries=0, timeout=60)
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def close(self) -> None:
        self.client.close()
        self.http.close()

    def reset(self) -> None:
        """Remove all faults and logged requests, describe images in full, and answer as the stand-in itself."""
        self.http.delete("/__faults")
        self.http.delete("/__calls")
        self.http.post("/__options", json={"describe": "full", "as": "stand-in"})

    def inject_fault(self, kind: str, on: str = "any", **options: Any) -> None:
        self.http.post("/__faults", json={"kind": kind, "on": on, **options}).raise_for_status()

    def logged_requests(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.http.get("/__calls").json()
        return entries

    def describe(self, url: str, hints: str = "path: new.jpg", **options: Any) -> dict[str, Any]:
        """The stand-in's description of an image, by the app's own schema."""
        response = self.client.chat.completions.create(
            model=VISION,
            messages=description_messages(url, hints),
            **{"response_format": DESCRIPTION_FORMAT, **options},
        )
        description: dict[str, Any] = json.loads(response.choices[0].message.content or "")
        return description


@contextmanager
def running_stand_in(*options: str) -> Iterator[ModelStandIn]:
    """A separate stand-in on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "local.models", "--port", str(port), *options]
    process = subprocess.Popen(command, cwd=ROOT)
    stand_in = ModelStandIn(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: stand_in.http.get("/__health").raise_for_status(), timeout=30)
        yield stand_in
    finally:
        stand_in.close()
        process.terminate()
        process.wait(timeout=20)


def description_messages(url: str, hints: str = "path: new.jpg", detail: str = "high") -> Any:
    """Messages that ask for a description."""
    picture = {"type": "image_url", "image_url": {"url": url, "detail": detail}}
    return [
        {"role": "system", "content": "Describe the photo as JSON."},
        {"role": "user", "content": [{"type": "text", "text": hints}, picture]},
    ]


def strict_response_format(**properties: Any) -> dict[str, Any]:
    """A strict response format with these properties, all required."""
    body = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "description", "strict": True, "schema": body}}


STRING_LIST = {"type": "array", "items": {"type": "string"}}
SETTINGS = ["indoors", "outdoors", "studio", "screen", "document", "unclear"]
DESCRIPTION_FORMAT = strict_response_format(
    title={"type": "string"},
    alt_text={"type": "string"},
    caption={"type": "string"},
    tags=STRING_LIST,
    text_in_photo={"type": "string"},
    people={"type": "integer"},
    setting={"type": "string", "enum": SETTINGS},
    colors=STRING_LIST,
)


def plain_image(color: str = "blue", size: tuple[int, int] = (640, 480), text: str = "") -> Image.Image:
    """An image in one colour, with white text on it."""
    image = Image.new("RGB", size, color)
    ImageDraw.Draw(image).text((60, size[1] // 3), text, fill="white", font=ImageFont.load_default(56))
    return image


def data_url(image: Image.Image, kind: str = "JPEG") -> str:
    """An image as the data URL for a request."""
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=image.info.get("exif", b""))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
