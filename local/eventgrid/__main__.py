"""python -m local.eventgrid: the events of the storage emulator, on one port, until told to stop."""

import argparse
import asyncio
import logging
import os

import uvicorn

from local.eventgrid.app import EventGridApp
from local.eventgrid.destinations import Destinations
from local.eventgrid.topic import Topic
from local.foreign_requests import ForeignRequestFilter

KEPT = 600  # seconds that an idle connection stays, as storage keeps one for its operations


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.eventgrid", description=__doc__)
    parser.add_argument("--port", type=int, default=7074)
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--speed", type=float, default=1.0, help="how much shorter the pauses between attempts are")
    parser.add_argument("--encoded", action="store_true", help="percent-encode addresses in events, instead of raw")
    options = parser.parse_args()
    if not os.environ.get("EVENT_GRID_STORAGE"):
        parser.error("set EVENT_GRID_STORAGE to a connection string: queues and dead letters are in that account")
    return options


async def main() -> None:
    options = parse_arguments()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for name in ("azure", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    destinations = Destinations(os.environ["EVENT_GRID_STORAGE"])
    topic = Topic(destinations, address=f"http://{options.address}:{options.port}", speed=options.speed)
    app = ForeignRequestFilter(EventGridApp(topic, encoded=options.encoded).starlette(), {options.address})
    config = uvicorn.Config(
        app,
        host=options.address,
        port=options.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEPT,
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        topic.stop()
        await destinations.close()


if __name__ == "__main__":
    asyncio.run(main())
