"""`python -m local`: start everything in order, wait until it answers, print the URLs, stop on Ctrl-C."""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from local.ollama import offer
from local.plan import AZURITE, ROOT, Part, Plan, first_settings, plan
from local.ports import ADDRESS, PortError, Ports, check_free
from local.samples import follow, until_healthy, upload_once
from local.supervisor import CannotStart, Supervisor


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Run the world until it is told to stop; 0 after a clean stop, 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m local", description="Everything on this machine.")
    parser.add_argument(
        "--models", default="stand-in", metavar="URL", help="an OpenAI-compatible server to use instead"
    )
    given = parser.parse_args()
    if sys.version_info[:2] != (3, 13):
        say(f"this is Python {sys.version.split()[0]}; the Functions worker needs 3.13. Run it with: make run")
        return 1
    state = Path(os.environ.get("STATE", ROOT / ".local"))
    try:
        first_settings()
        ports = Ports.read(os.environ)
        chosen = plan(ports, _with_models(given.models), state=state)
        _check(chosen)
        return asyncio.run(_run(chosen, ports, state))
    except (PortError, CannotStart) as error:
        say(str(error))
        return 1


def _with_models(models: str) -> dict[str, str]:
    """The environment, with the models' address if one was named; the app gets to know it by the same way."""
    if models != "stand-in":
        if not models.startswith(("http://", "https://")):
            raise CannotStart(f"--models is 'stand-in' or a URL such as http://127.0.0.1:11434/v1, not {models!r}")
        os.environ["OPENAI_BASE_URL"] = models
    return dict(os.environ)


def _check(chosen: Plan) -> None:
    for part in chosen.parts:
        for name, port in part.ports.items():
            check_free(name, port)
        if part.command[0] == str(AZURITE) and not AZURITE.exists():
            raise CannotStart("Azurite is not installed. Run it with: make run")


async def _run(chosen: Plan, ports: Ports, state: Path) -> int:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    supervisor = Supervisor(state / "logs", say)
    work = asyncio.create_task(_start(chosen, ports, state, supervisor))
    stop = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.done():
            await work  # raises what went wrong while starting
            await stop
        say("\nstopping")
    finally:
        work.cancel()
        await supervisor.stop()
    return 0


async def _start(chosen: Plan, ports: Ports, state: Path, supervisor: Supervisor) -> None:
    began = time.monotonic()
    for line in chosen.outside:
        say(line)
    *stand_ins, app_part = chosen.parts
    # The services start side by side; the app comes last, when all it needs answers.
    await asyncio.gather(*(_part(part, supervisor) for part in stand_ins))
    await _part(app_part, supervisor)
    app = f"http://{ADDRESS}:{ports.app}"
    await until_healthy(app, say)
    if os.environ.get("SAMPLES", "1") != "0":
        await upload_once(app, state / "samples-uploaded", say)
    if offered := await offer() if "models" in {part.name for part in chosen.parts} else None:
        say(offered)
    say(_ready(app, time.monotonic() - began, state))
    await follow(app, say)


async def _part(part: Part, supervisor: Supervisor) -> None:
    seconds = await supervisor.start(part)
    where = ", ".join(f"{ADDRESS}:{port}" for port in part.ports.values())
    say(f"  {part.name:<28}{where:<34}{seconds:5.1f} s")


def _ready(app: str, seconds: float, state: Path) -> str:
    return f"""
Ready after {seconds:.0f} s.

  the page     {app}/
  chat         {app}/v1   (base_url of any OpenAI client)
  search       {app}/api/search?q=dog
  upload       curl -T photo.jpg {app}/api/photos/holiday/photo.jpg
  status       {app}/api/status
  logs         {state / "logs"}

Stop with Ctrl-C.
"""


if __name__ == "__main__":
    sys.exit(main())
