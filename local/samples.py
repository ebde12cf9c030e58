"""Uploads the sample photos once, as a person would: through the app's own upload."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx

from local.plan import ROOT

SAMPLES = ROOT / "samples"
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}


async def until_healthy(app: str, say: Callable[[str], None]) -> None:
    """Return when the app reaches all it needs; say meanwhile what it does not reach."""
    said = ""
    async with httpx.AsyncClient(base_url=app, timeout=30, trust_env=False) as client:
        while True:
            message = await _health(client)
            if message == "ok":
                return
            if message != said:
                say(message)
                said = message
            await asyncio.sleep(1)


async def _health(client: httpx.AsyncClient) -> str:
    try:
        answer = await client.get("/api/health")
        return "ok" if answer.status_code == httpx.codes.OK else str(answer.json()["error"]["message"])
    except (httpx.HTTPError, ValueError, KeyError):
        return "the app does not answer yet"


async def upload_once(app: str, mark: Path, say: Callable[[str], None]) -> None:
    """Upload what is in samples/ unless that was done before; what was deleted since does not come back."""
    if await asyncio.to_thread(mark.exists):
        return
    async with httpx.AsyncClient(base_url=app, timeout=60, trust_env=False) as client:
        for path in pictures():
            name = path.relative_to(SAMPLES.parent).as_posix()
            data = await asyncio.to_thread(path.read_bytes)
            (await client.put(f"/api/photos/{quote(name)}", content=data)).raise_for_status()
    await asyncio.to_thread(mark.touch)
    say(f"uploaded {len(pictures())} sample photos")


def pictures() -> list[Path]:
    """The sample photos, without the page that names their authors."""
    return sorted(path for path in SAMPLES.rglob("*") if path.suffix.lower() in PICTURES)


async def follow(app: str, say: Callable[[str], None]) -> None:
    """Say how far ingestion is whenever that has changed, until nothing is waiting."""
    said = ""
    async with httpx.AsyncClient(base_url=app, timeout=30, trust_env=False) as client:
        while True:
            try:
                now = (await client.get("/api/status")).raise_for_status().json()
            except httpx.HTTPError:
                await asyncio.sleep(3)
                continue
            line = ", ".join(f"{now[state]} {state}" for state in ("indexed", "waiting", "retrying", "failed"))
            if line != said:
                say(f"photos: {line}")
                said = line
            if not now["waiting"] and not now["retrying"]:
                return
            await asyncio.sleep(3)
