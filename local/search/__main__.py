"""python -m local.search: serve one folder on one port until told to stop."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from pathlib import Path

# One thread each: with more, every vector scan waits for whichever core is busy. Before numpy is imported.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import uvicorn  # noqa: E402 (the settings above must come first)

from local.search.faults import Faults  # noqa: E402
from local.search.server import Keys, Server  # noqa: E402
from local.search.service import FolderInUse, Service  # noqa: E402

SWITCH_SECONDS = 0.001
GARBAGE_THRESHOLD = 200_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.search", description=__doc__)
    parser.add_argument("--port", type=int, default=7072)
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds everything")
    parser.add_argument("--key", required=True, help="admin key")
    parser.add_argument("--query-key", help="key that only reads documents")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds until a write can be found")
    parser.add_argument("--no-semantic", action="store_true", help="behave as a tier without semantic ranking")
    parser.add_argument("--certificate", type=Path, help="PEM file: serve https, which older SDKs insist on")
    parser.add_argument("--certificate-key", type=Path, help="PEM file with the certificate's private key")
    return parser.parse_args()


def main() -> int:
    """Serve; returns 1 when the folder is in use."""
    given = arguments()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Short turns: a write must not wait for a search that is busy in Python.
    sys.setswitchinterval(SWITCH_SECONDS)
    # A search may make a hundred thousand small tuples, none of them in a cycle.
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        service = Service(given.data, lag=given.lag)
    except FolderInUse as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    server = Server(service, Keys(given.key, given.query_key), Faults(), semantic=not given.no_semantic)
    try:
        uvicorn.run(
            server.app(),
            host=given.address,
            port=given.port,
            timeout_keep_alive=75,  # longer than clients keep theirs: who closes first must not be us
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            lifespan="off",
            ssl_certfile=given.certificate,
            ssl_keyfile=given.certificate_key,
        )
    finally:
        service.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
