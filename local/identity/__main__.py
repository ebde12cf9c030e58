"""`python -m local.identity`: Azure's identity rules before stand-ins that have none, until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from aiohttp import web

from local.identity.doors import IdentityRules, ModelsDoor, SearchDoor, ServiceDoor, storage_doors
from local.identity.endpoint import PATH, IdentityEndpoint
from local.identity.gateway import ADDRESS, Gateway
from local.identity.roles import read_directory

SECRETS = ("IDENTITY_HEADER", "STORAGE_KEY", "SEARCH_KEY")
SERVICES = ("blobs", "queues", "search", "models")


def main() -> None:
    """Read the command line and serve."""
    asyncio.run(_serve(_parse_arguments()))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.identity", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True, help="of the identity endpoint, which speaks http")
    parser.add_argument("--certificate", type=Path, required=True, help="PEM file, for the services")
    parser.add_argument("--certificate-key", type=Path, required=True, help="PEM file with its private key")
    parser.add_argument("--account", default="devstoreaccount1", help="name of the storage account")
    for name in SERVICES:
        parser.add_argument(f"--{name}", nargs=2, metavar=("PORT", "URL"), help=f"serve the {name} of a stand-in")
    arguments = parser.parse_args()
    if missing := [name for name in SECRETS if not os.environ.get(name)]:
        parser.error(f"set {' and '.join(missing)} in the environment; command lines are there for all to see")
    return arguments


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    rules = IdentityRules(read_directory())
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(arguments.certificate, arguments.certificate_key)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(_client())
        for gateway in _gateways(arguments, rules):
            stack.push_async_callback((await gateway.start(tls, session)).cleanup)
        runner = web.AppRunner(IdentityEndpoint(rules, os.environ["IDENTITY_HEADER"]).app(), access_log=None)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, arguments.port).start()
        print(f"identity endpoint on http://{ADDRESS}:{arguments.port}{PATH}", flush=True)
        await stop.wait()


def _gateways(arguments: argparse.Namespace, rules: IdentityRules) -> Iterator[Gateway]:
    blobs, queues = storage_doors(rules, arguments.account, os.environ["STORAGE_KEY"])
    doors: dict[str, ServiceDoor] = {
        "blobs": blobs,
        "queues": queues,
        "search": SearchDoor(rules, os.environ["SEARCH_KEY"]),
        "models": ModelsDoor(rules),
    }
    for name, door in doors.items():
        if address := getattr(arguments, name):
            yield Gateway(door, address[1].rstrip("/"), int(address[0]), rules)


def _client() -> aiohttp.ClientSession:
    """A client that passes bytes on as they are; Azurite closes idle connections early, so each is used once."""
    return aiohttp.ClientSession(
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        timeout=aiohttp.ClientTimeout(total=None),
    )


if __name__ == "__main__":
    main()
