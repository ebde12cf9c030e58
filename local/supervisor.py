"""Starts processes, waits until they answer, restarts those that die, and stops all of them."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from local.plan import ProcessPlan

START_TIMEOUT = 90.0  # seconds for a process to answer
STOP_TIMEOUT = 15.0  # seconds for a process to stop by itself
RESTART_DELAYS = (1.0, 2.0, 5.0, 15.0)  # seconds before a restart, longer each time a process dies soon after one


class ProcessStartError(Exception):
    """A process cannot start, or did not answer in time; the message may hold the end of its log."""


class Supervisor:
    """Keeps the processes running; `say` takes the lines for the person at the terminal."""

    def __init__(self, log_folder: Path, say: Callable[[str], None]) -> None:
        self._log_folder = log_folder
        self._say = say
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._restart_tasks: list[asyncio.Task[None]] = []
        log_folder.mkdir(parents=True, exist_ok=True)

    async def start(self, plan: ProcessPlan) -> float:
        """Start a process and wait until it answers; the seconds that took, or ProcessStartError."""
        start = time.monotonic()
        await self._launch(plan)
        await self._wait_until_healthy(plan, start + START_TIMEOUT)
        self._restart_tasks.append(asyncio.create_task(self._restart_when_it_dies(plan)))
        return time.monotonic() - start

    async def _launch(self, plan: ProcessPlan) -> None:
        with self._log_file(plan).open("ab") as log:
            self._processes[plan.name] = await asyncio.create_subprocess_exec(
                *plan.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **plan.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C reaches only us; we stop the processes in order
            )

    async def _wait_until_healthy(self, plan: ProcessPlan, deadline: float) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while time.monotonic() < deadline:
                if self._processes[plan.name].returncode is not None:
                    raise ProcessStartError(f"{plan.name} ended while starting:\n{self._log_tail(plan)}")
                if await _answers(client, plan.health_url):
                    return
                await asyncio.sleep(0.1)
        raise ProcessStartError(f"{plan.name} did not answer within {START_TIMEOUT:.0f} s:\n{self._log_tail(plan)}")

    async def _restart_when_it_dies(self, plan: ProcessPlan) -> None:
        early_deaths = 0
        while True:
            start = time.monotonic()
            code = await self._processes[plan.name].wait()
            early_deaths = early_deaths + 1 if time.monotonic() - start < 60 else 0
            delay = RESTART_DELAYS[min(early_deaths, len(RESTART_DELAYS) - 1)]
            log_file = self._log_file(plan)
            self._say(f"{plan.name} ended ({code}); starting it again in {delay:.0f} s. Its log: {log_file}")
            await asyncio.sleep(delay)
            await self._launch(plan)

    async def stop(self) -> None:
        """Stop all processes, the one started last first, each with time to finish what it is doing."""
        for task in self._restart_tasks:
            task.cancel()
        for process in reversed(self._processes.values()):
            await _stop_process(process)

    def _log_file(self, plan: ProcessPlan) -> Path:
        return self._log_folder / f"{plan.name.split()[0]}.log"

    def _log_tail(self, plan: ProcessPlan) -> str:
        return "\n".join(self._log_file(plan).read_text(errors="replace").splitlines()[-40:])


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url, timeout=2)).status_code < 500
    except httpx.HTTPError:
        return False


async def _stop_process(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
