"""`python -m local.models --port 7073`: serve the stand-in until Ctrl-C or SIGTERM."""

import argparse
import signal
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.models.inference import InferenceService
from local.models.server import create_app
from local.models.vision.networks import object_detector


def main() -> None:
    """Read the command line and serve."""
    given = _parser().parse_args()
    servers: list[uvicorn.Server] = []

    def cut(scope: MutableMapping[str, Any]) -> None:
        """Close the connection of a request, which no ASGI application can do by itself."""
        for connection in list(servers[0].server_state.connections):
            protocol = cast(H11Protocol, connection)
            if protocol.client == scope["client"]:
                protocol.transport.abort()

    app = create_app(InferenceService(fast=given.fast), cut)
    config = uvicorn.Config(
        app,
        given.address,
        given.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,  # longer than clients keep theirs: who closes first must not be us
        http="h11",
    )
    servers.append(uvicorn.Server(config))
    if not given.fast and not object_detector.is_available():
        print("pictures are seen by the classifier alone: the npm package @vladmandic/human is not installed")
    print(f"models on http://{given.address}:{given.port}/v1", flush=True)
    # uvicorn raises the signal that stopped it once more; ending by it would skip what has to be tidied up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        servers[0].run()


def _parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(prog="python -m local.models", description=main.__doc__)
    options.add_argument("--port", type=int, default=7073)
    options.add_argument("--address", default="127.0.0.1")
    options.add_argument("--fast", action="store_true", help="describe by colours, sizes and hints alone")
    return options


if __name__ == "__main__":
    main()
