"""Uploads the sample photos once, as a person would: through the app's own upload."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx

from local.plan import ROOT

SAMPLES = ROOT / "samples"
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}


async def wait_until_healthy(app_url: str, say: Callable[[str], None], *, key: str = "") -> None:
    """Return once the app reaches everything it needs; until then, say what it cannot reach, as far as `key` allows."""
    last_message = ""
    async with httpx.AsyncClient(base_url=app_url, timeout=30, trust_env=False, headers=_headers(key)) as client:
        while True:
            message = await _fault(client)
            if not message:
                return
            if message != last_message:
                say(message)
                last_message = message
            await asyncio.sleep(1)


async def _fault(client: httpx.AsyncClient) -> str:
    """What keeps the app from working; empty if nothing does."""
    try:
        if (await client.get("/api/health")).status_code == httpx.codes.OK:
            return ""
        status = (await client.get("/api/status")).json()
        down = [f"{name} is down: {result}" for name, result in status.get("checks", {}).items() if result != "ok"]
        return "; ".join(down) or str(status["error"]["message"])
    except (httpx.HTTPError, ValueError, KeyError):
        return "the app does not answer yet"


async def upload_once(app_url: str, marker_file: Path, say: Callable[[str], None], *, key: str = "") -> None:
    """
    Upload the photos in samples/ unless the marker file says so already; deleted ones do not come back.

    A photo that somebody put under the name of a sample stays.
    """
    if await asyncio.to_thread(marker_file.exists):
        return
    paths = sample_photos()
    async with httpx.AsyncClient(base_url=app_url, timeout=60, trust_env=False, headers=_headers(key)) as client:
        for path in paths:
            name = path.relative_to(SAMPLES.parent).as_posix()
            data = await asyncio.to_thread(path.read_bytes)
            response = await client.put(f"/api/photos/{quote(name)}", content=data, headers={"If-None-Match": "*"})
            if response.status_code == httpx.codes.UNAUTHORIZED:
                say("the sample photos are not uploaded: put a key with the right full in API_KEYS")
                return
            if response.status_code != httpx.codes.PRECONDITION_FAILED:
                response.raise_for_status()
    await asyncio.to_thread(marker_file.touch)
    say(f"uploaded {len(paths)} sample photos")


def sample_photos() -> list[Path]:
    """The sample photos, without the page that names their authors."""
    return sorted(path for path in SAMPLES.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)


def _headers(key: str) -> dict[str, str]:
    return {"x-functions-key": key} if key else {}


async def report_progress(app_url: str, say: Callable[[str], None], *, key: str = "") -> None:
    """Say how far ingestion is whenever that changes, until it is cancelled or a key is missing."""
    last_line = ""
    async with httpx.AsyncClient(base_url=app_url, timeout=30, trust_env=False, headers=_headers(key)) as client:
        while True:
            try:
                response = await client.get("/api/status")
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    return
                status = response.raise_for_status().json()
            except httpx.HTTPError:
                await asyncio.sleep(3)
                continue
            line = ", ".join(f"{status[state]} {state}" for state in ("indexed", "waiting", "retrying", "failed"))
            if line != last_line:
                say(f"photos: {line}")
                last_line = line
            await asyncio.sleep(3 if status["waiting"] or status["retrying"] else 10)
