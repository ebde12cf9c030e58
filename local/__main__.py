"""`python -m local`: start everything in order, wait until it answers, print the URLs, and stop on Ctrl-C."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from local.model_server import ModelServerError, model_settings
from local.network import listening_address, network_advice
from local.ollama import suggest_ollama
from local.plan import (
    AZURITE,
    ROOT,
    ProcessPlan,
    StartupPlan,
    app_key,
    key_advice,
    make_plan,
    sample_and_current_settings,
)
from local.ports import ADDRESS, PortError, ServicePorts, check_free
from local.running import RUNNING, announce
from local.samples import report_progress, upload_once, wait_until_healthy
from local.settings_file import prepare_settings_file
from local.supervisor import ProcessStartError, Supervisor


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Run everything until told to stop; 0 after a clean stop, 1 if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m local", description="Everything on this machine.")
    parser.add_argument(
        "--models", default="stand-in", metavar="URL", help="an OpenAI-compatible server to use instead, or 'ollama'"
    )
    arguments = parser.parse_args()
    if sys.version_info[:2] != (3, 13):
        say(f"this is Python {sys.version.split()[0]}; the Functions worker needs 3.13. Run it with: make run")
        return 1
    state = Path(os.environ.get("STATE", ROOT / ".local"))
    try:
        prepare_settings_file(say)
        ports = ServicePorts.from_environment(os.environ)
        plan = make_plan(ports, _environment_with_models(arguments.models), state=state)
        _check(plan)
        return asyncio.run(_run(plan, ports, state))
    except (PortError, ProcessStartError, ModelServerError) as error:
        say(str(error))
        return 1


def _environment_with_models(models: str) -> dict[str, str]:
    """The environment, with the models of a server if one was given; the app inherits it from this process."""
    if models != "stand-in":
        if models != "ollama" and not models.startswith(("http://", "https://")):
            raise ProcessStartError(
                f"--models is 'stand-in', 'ollama' or a URL such as http://127.0.0.1:1234/v1, not {models!r}"
            )
        sample, current = sample_and_current_settings(os.environ)
        os.environ.update(model_settings(models, current, sample, say))
    return dict(os.environ)


def _check(plan: StartupPlan) -> None:
    check_free({name: port for process in plan.processes for name, port in process.ports.items()}, os.environ)
    for process in plan.processes:
        if str(AZURITE) in process.command and not (AZURITE.exists() and shutil.which("node")):
            raise ProcessStartError("Azurite or Node.js is not installed. Run it with: make run")


async def _run(plan: StartupPlan, ports: ServicePorts, state: Path) -> int:
    stop_signal = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop_signal.set)
    supervisor = Supervisor(state / "logs", say)
    starting = asyncio.create_task(_start(plan, ports, state, supervisor))
    stopping = asyncio.create_task(stop_signal.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            await starting  # raises what went wrong while starting
            await stopping
        say("\nstopping")
    finally:
        (RUNNING / f"{ports.app}.json").unlink(missing_ok=True)
        starting.cancel()
        await supervisor.stop()
    return 0


async def _start(plan: StartupPlan, ports: ServicePorts, state: Path, supervisor: Supervisor) -> None:
    start = time.monotonic()
    for line in plan.external_services:
        say(line)
    *stand_ins, app = plan.processes
    # The stand-ins start side by side; the app comes last, when everything it needs answers.
    await asyncio.gather(*(_start_process(stand_in, supervisor) for stand_in in stand_ins))
    announce(ports, plan.addresses, state)
    await _start_process(app, supervisor)
    app_url = f"http://{ADDRESS}:{ports.app}"
    await wait_until_healthy(app_url, say, key=app_key(os.environ, state))
    if os.environ.get("SAMPLES", "1") != "0":
        await upload_once(app_url, state / "samples-uploaded", say, key=app_key(os.environ, state))
    uses_models_stand_in = "models" in {process.name for process in plan.processes}
    if suggestion := await suggest_ollama() if uses_models_stand_in else None:
        say(suggestion)
    say(_ready_message(app_url, time.monotonic() - start, state))
    await report_progress(app_url, say, key=app_key(os.environ, state))


async def _start_process(process: ProcessPlan, supervisor: Supervisor) -> None:
    seconds = await supervisor.start(process)
    addresses = ", ".join(f"{ADDRESS}:{port}" for port in process.ports.values())
    say(f"  {process.name:<28}{addresses:<34}{seconds:5.1f} s")


def _ready_message(app_url: str, seconds: float, state: Path) -> str:
    advice = key_advice(os.environ, state)
    keys = f"\n  keys         {advice}" if advice else ""
    address = listening_address(os.environ)
    keys += network_advice(address, int(app_url.rpartition(":")[2]), app_key(os.environ, state))
    _, settings = sample_and_current_settings(os.environ)
    if settings.get("HTTP_AUTH") == "platform":
        keys += f"\n  tokens       curl -d person=ada {app_url}/.auth/local/token   (to call as somebody)"
    return f"""
Ready after {seconds:.0f} s.

  the page     {app_url}/
  chat         {app_url}/v1   (base_url of any OpenAI client)
  search       {app_url}/api/search?q=dog
  upload       curl -T photo.jpg {app_url}/api/photos/holiday/photo.jpg
  status       {app_url}/api/status
  logs         {state / "logs"}{keys}

Stop with Ctrl-C.
"""


if __name__ == "__main__":
    sys.exit(main())
