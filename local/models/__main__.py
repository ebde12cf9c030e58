"""`python -m local.models --port 7073`: serve the stand-in until Ctrl-C or SIGTERM."""

import argparse
import signal
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.foreign_requests import ForeignRequestFilter
from local.models.inference import InferenceService
from local.models.personalities.catalog import PERSONALITIES, PersonalityChoice
from local.models.server import create_app
from local.models.vision.networks import object_detector


def main() -> None:
    """Read the command line and serve."""
    arguments = _parser().parse_args()
    servers: list[uvicorn.Server] = []

    def close_connection(scope: MutableMapping[str, Any]) -> None:
        """Close the connection of a request, which an ASGI application cannot do by itself."""
        for connection in list(servers[0].server_state.connections):
            protocol = cast(H11Protocol, connection)
            if protocol.client == scope["client"]:
                protocol.transport.abort()

    app = create_app(InferenceService(fast=arguments.fast), close_connection, PersonalityChoice(arguments.personality))
    config = uvicorn.Config(
        ForeignRequestFilter(app, {arguments.address}),
        arguments.address,
        arguments.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,  # longer than clients keep theirs, so that we are never the first to close
        http="h11",
    )
    servers.append(uvicorn.Server(config))
    if not arguments.fast and not object_detector.is_available():
        print("the npm package @vladmandic/human isn't installed: images are only classified as a whole")
    print(f"models on http://{arguments.address}:{arguments.port}/v1", flush=True)
    # uvicorn raises the signal that stopped it again; without a handler it would end the process before the clean-up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        servers[0].run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.models", description=main.__doc__)
    parser.add_argument("--port", type=int, default=7073)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--fast", action="store_true", help="describe images by colours, shapes and hints alone")
    parser.add_argument(
        "--as",
        dest="personality",
        choices=PERSONALITIES,
        default="stand-in",
        help="answer as this family of models does, with what it refuses; README.md lists them",
    )
    return parser


if __name__ == "__main__":
    main()
