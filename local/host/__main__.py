"""python -m local.host [APP_DIR] [--port 7071] [--address 127.0.0.1] [--grace 10]"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from .errors import CannotRun
from .host_file import read_host_file
from .settings import environment, read_local_file
from .worker import Worker

_LEVELS = {
    "trace": "DEBUG",
    "debug": "DEBUG",
    "information": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "critical": "CRITICAL",
    "none": "CRITICAL",
}


def main() -> int:
    arguments = _parser().parse_args()
    if sys.version_info < (3, 13):
        print("local.host needs Python 3.13: azure-functions-runtime exists for no older one.", file=sys.stderr)
        return 1
    _start_logging()
    try:
        return asyncio.run(_run(arguments))
    except CannotRun as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def _run(arguments: argparse.Namespace) -> int:
    app: Path = arguments.app.resolve()
    local = read_local_file(app)
    port: int = arguments.port or local.port or 7071
    settings = environment(local, arguments.address, port)
    host_file = read_host_file(app, settings)
    level = _LEVELS.get(host_file.log_level.lower(), "INFO")
    worker = Worker.start(app, settings, level)
    # The worker imports the app while this process imports the storage clients.
    from .host import Plan, run  # noqa: PLC0415

    plan = Plan(app, arguments.address, port, arguments.grace, settings, local, host_file)
    return await run(plan, worker)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Runs a Python v2 function app.")
    parser.add_argument("app", nargs="?", type=Path, default=Path(), help="the app's folder, with host.json")
    parser.add_argument("--port", type=int, help="default: Host.LocalHttpPort of local.settings.json, or 7071")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--grace", type=float, default=10, help="seconds running functions get to finish")
    return parser


def _start_logging() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for chatty in ("azure", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
