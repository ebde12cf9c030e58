"""python -m local.host [APP_DIR] [--port 7071] [--address 127.0.0.1] [--grace 10] ..."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from local.host.errors import HostStartupError
from local.host.host_json import read_host_json, with_lease
from local.host.settings import app_environment, read_local_settings
from local.host.worker_channel import WorkerChannel

_LOG_LEVELS = {
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
        print("local.host needs Python 3.13: azure-functions-runtime does not support older versions.", file=sys.stderr)
        return 1
    _start_logging()
    try:
        return asyncio.run(_run(arguments))
    except HostStartupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def _run(arguments: argparse.Namespace) -> int:
    app: Path = arguments.app.resolve()
    local_settings = read_local_settings(app)
    port: int = arguments.port or local_settings.port or 7071
    environment = app_environment(local_settings, arguments.address, port, signs_in=arguments.people is not None)
    host_json = with_lease(read_host_json(app, environment), arguments.lease)
    log_level = _LOG_LEVELS.get(host_json.log_level.lower(), "INFO")
    worker = WorkerChannel.start(app, environment, log_level)
    # While the worker imports the app, this process imports the storage clients.
    from local.host.host import HostOptions, run  # noqa: PLC0415

    options = HostOptions(
        app,
        arguments.address,
        port,
        arguments.grace,
        environment,
        local_settings,
        host_json,
        arguments.secrets,
        arguments.http_concurrency,
        arguments.people,
    )
    return await run(options, worker)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Runs a Python v2 function app.")
    parser.add_argument("app", nargs="?", type=Path, default=Path(), help="the app's folder, with host.json")
    parser.add_argument("--port", type=int, help="default: Host.LocalHttpPort of local.settings.json, or 7071")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--grace", type=float, default=10, help="seconds running functions get to finish")
    parser.add_argument("--secrets", type=Path, help="ask for keys, which are in host.json of this folder")
    parser.add_argument("--people", type=Path, help="play App Service authentication, for the people in this file")
    lease = "seconds until a message comes back whose host died; default: 600, as in Azure"
    parser.add_argument("--lease", type=_positive, default=600, metavar="SECONDS", help=lease)
    parser.add_argument("--http-concurrency", type=_positive, help="HTTP requests at a time; default: no limit")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _start_logging() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for name in ("azure", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
