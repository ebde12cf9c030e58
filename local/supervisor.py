"""Starts parts in order, waits until they answer, starts again what dies, and stops all of them."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from local.plan import Part

PATIENCE = 90.0  # seconds for a part to answer
GRACE = 15.0  # seconds for a part to stop by itself
REST = (1.0, 2.0, 5.0, 15.0)  # seconds before a part that died is started again, longer each time it does so soon


class CannotStart(Exception):
    """A part ended or stayed silent while it was being started; the message holds the end of its log."""


class Supervisor:
    """Keeps the parts of one world running; `say` takes the lines for the person at the terminal."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watching: list[asyncio.Task[None]] = []
        logs.mkdir(parents=True, exist_ok=True)

    async def start(self, part: Part) -> float:
        """Start a part and wait until it answers; the seconds it took, or CannotStart."""
        began = time.monotonic()
        await self._launch(part)
        await self._answering(part, began + PATIENCE)
        self._watching.append(asyncio.create_task(self._watch(part)))
        return time.monotonic() - began

    async def _launch(self, part: Part) -> None:
        with self._log(part).open("ab") as log:
            self._running[part.name] = await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **part.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in their order
            )

    async def _answering(self, part: Part, deadline: float) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while time.monotonic() < deadline:
                if self._running[part.name].returncode is not None:
                    raise CannotStart(f"{part.name} ended while starting:\n{self._tail(part)}")
                if await _answers(client, part.health):
                    return
                await asyncio.sleep(0.1)
        raise CannotStart(f"{part.name} did not answer within {PATIENCE:.0f} s:\n{self._tail(part)}")

    async def _watch(self, part: Part) -> None:
        """Start a part again whenever it dies."""
        deaths = 0
        while True:
            lived = time.monotonic()
            code = await self._running[part.name].wait()
            deaths = deaths + 1 if time.monotonic() - lived < 60 else 0
            rest = REST[min(deaths, len(REST) - 1)]
            self._say(f"{part.name} ended ({code}); starting it again in {rest:.0f} s. Its log: {self._log(part)}")
            await asyncio.sleep(rest)
            await self._launch(part)

    async def stop(self) -> None:
        """Stop all parts, the last started first, each with time to finish what it is doing."""
        for task in self._watching:
            task.cancel()
        for process in reversed(self._running.values()):
            await _stopped(process)

    def _log(self, part: Part) -> Path:
        return self._logs / f"{part.name.split()[0]}.log"

    def _tail(self, part: Part) -> str:
        return "\n".join(self._log(part).read_text(errors="replace").splitlines()[-40:])


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url, timeout=2)).status_code < 500
    except httpx.HTTPError:
        return False


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
