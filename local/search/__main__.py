"""python -m local.search: serve one folder on one port until told to stop."""

import argparse
import gc
import logging
import os
import sys
from pathlib import Path

# One thread each: with more, every vector scan waits for whichever core is busy. This must come before numpy.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import uvicorn  # noqa: E402 (the settings above must come first)

from local.foreign_requests import ForeignRequestFilter  # noqa: E402
from local.search.app import ApiKeys, SearchApp  # noqa: E402
from local.search.faults import SearchFaultQueue  # noqa: E402
from local.search.service import FolderInUse, SearchService  # noqa: E402

SWITCH_SECONDS = 0.001
GC_THRESHOLD = 200_000
KEEP_ALIVE_SECONDS = 75  # longer than clients keep theirs: the server must not be the first to close


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.search", description=__doc__)
    parser.add_argument("--port", type=int, default=7072)
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds everything")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds until a write becomes searchable")
    parser.add_argument("--no-semantic", action="store_true", help="behave as a tier without semantic ranking")
    parser.add_argument("--certificate", type=Path, help="PEM file: serve https, which older SDKs insist on")
    parser.add_argument("--certificate-key", type=Path, help="PEM file with the certificate's private key")
    options = parser.parse_args()
    if not os.environ.get("SEARCH_KEY"):
        parser.error("set the environment variable SEARCH_KEY to the admin key; command lines are there for all to see")
    return options


def main() -> int:
    """Serve until stopped; return 1 when the folder is in use."""
    options = parse_arguments()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Switch threads often: a write must not wait for a search that is busy in Python.
    sys.setswitchinterval(SWITCH_SECONDS)
    # A search may make a hundred thousand small tuples, none of them part of a cycle.
    gc.set_threshold(GC_THRESHOLD)
    try:
        service = SearchService(options.data, lag=options.lag)
    except FolderInUse as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    keys = ApiKeys(os.environ["SEARCH_KEY"], os.environ.get("SEARCH_QUERY_KEY"))
    app = SearchApp(service, keys, SearchFaultQueue(), semantic_enabled=not options.no_semantic)
    try:
        uvicorn.run(
            ForeignRequestFilter(app.starlette(), {options.address}),
            host=options.address,
            port=options.port,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            lifespan="off",
            ssl_certfile=options.certificate,
            ssl_keyfile=options.certificate_key,
        )
    finally:
        service.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
