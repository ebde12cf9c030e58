"""
What a new photo asks of storage, search and the models: every request, in order.

    python -m benchmarks ingest_calls [--photos 24] [--cap] [--polling]

Photos whom people have written about before, in a library with rules by folder and by collection, go through the real
pipeline in this process, against Azurite and the stand-ins: first one alone, whose requests are printed with the moment
each begins and ends, then several at once, whose requests are counted by photo. `--cap` sets a day's cap on captions,
`--polling` has blobs found as on a laptop; without it an event tells of each, as on Azure.
"""

import argparse
import asyncio
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
from azure.core.pipeline.transport import AioHttpTransport

from ingest import handlers
from ingest.context import ingest_context
from ingest.status import status
from shared.edits import FieldEdit, PhotoEdits
from shared.photo import photo_id, utc
from shared.services import services
from shared.stores.collections import Collection
from shared.stores.tickets import Ticket
from tests.world import picture, running_world, settings

VISION, EMBEDDING = 1.0, 0.1  # seconds
COLLECTION = "3f2a9c0d5e1b4a6f8c7d9e0b1a2c3d4e"
RULES = (
    '{"rules": [{"folder": "", "see": ["everyone"]}, {"folder": "calls", "see": ["group:editors"]}, '
    f'{{"collection": "{COLLECTION}", "see": ["everyone"]}}]}}'
)
IDS = re.compile(r"[0-9a-f]{32,}")


@dataclass(frozen=True)
class Call:
    """One request, and when it began and ended, in seconds since the first one that was recorded."""

    service: str
    what: str
    status: int
    begin: float
    end: float


@dataclass
class Recorder:
    """The requests of this process."""

    services: dict[str, str]  # by host and port
    calls: list[Call] = field(default_factory=list)
    start: float = field(default_factory=time.monotonic)

    def note(self, method: str, url: str, status_code: int, begin: float) -> None:
        parts = urlsplit(url)
        path = unquote(parts.path).removeprefix("/devstoreaccount1")
        query = "&".join(each for each in parts.query.split("&") if each.startswith(("comp=", "restype=")))
        what = IDS.sub("…", f"{method} {path}{'?' if query else ''}{query}")
        service = self.services.get(parts.netloc, parts.netloc)
        now = time.monotonic()
        self.calls.append(Call(service, what, status_code, begin - self.start, now - self.start))

    def begin(self) -> None:
        """Forget what was recorded."""
        self.calls, self.start = [], time.monotonic()

    @property
    def own(self) -> list[Call]:
        """Those that no model answers."""
        return [each for each in self.calls if each.service != "models"]


@asynccontextmanager
async def recording(recorder: Recorder) -> AsyncIterator[None]:
    """Let the SDKs' own transports note what they send."""
    to_azure, to_models = AioHttpTransport.send, httpx2.AsyncClient.send

    async def send(self: AioHttpTransport, request: Any, **options: Any) -> Any:
        begin = time.monotonic()
        response = await to_azure(self, request, **options)
        recorder.note(request.method, request.url, response.status_code, begin)
        return response

    async def send_to_model(self: httpx2.AsyncClient, request: httpx2.Request, **options: Any) -> httpx2.Response:
        begin = time.monotonic()
        response = await to_models(self, request, **options)
        recorder.note(request.method, str(request.url), response.status_code, begin)
        return response

    AioHttpTransport.send, httpx2.AsyncClient.send = send, send_to_model  # type: ignore[method-assign]
    try:
        yield
    finally:
        AioHttpTransport.send, httpx2.AsyncClient.send = to_azure, to_models  # type: ignore[method-assign]


def main(arguments: list[str] | None = None) -> None:
    """Print the requests of one photo, and how many a photo takes where several come at once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ingest_calls")
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--cap", action="store_true")
    parser.add_argument("--polling", action="store_true")
    options = parser.parse_args(arguments)
    moved = {"PHOTO_EVENTS": "polling" if options.polling else "eventgrid"}
    moved |= {"CAPTIONS_PER_DAY": "100000"} if options.cap else {}
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:
        world.host.stop()
        os.environ.update(settings(world.azurite, world.models_url, world.search_url) | moved)
        names = [f"calls/{number:03}.jpg" for number in range(options.photos + 2)]
        for number, name in enumerate(names):
            world.drop(name, picture(number, size=(1600, 1200)))
        world.misbehave(kind="latency", on="vision", rate=1, seconds=VISION)
        world.misbehave(kind="latency", on="embed", rate=1, seconds=EMBEDDING)
        blob = urlsplit(world.blobs.url).netloc
        queue = urlsplit(str(world.queue("any").url)).netloc
        addresses = {blob: "blobs", queue: "queues"}
        addresses |= {urlsplit(world.search_url).netloc: "search", urlsplit(world.models_url).netloc: "models"}
        asyncio.run(measure(names, Recorder(addresses)))


async def measure(names: Sequence[str], recorder: Recorder) -> None:
    """Make ready what counts once in a process, then ingest one photo, then the rest at once."""
    await prepare(names)
    first, alone, *rest = names
    await handlers.photo_arrived(first)
    async with recording(recorder):
        recorder.begin()
        await handlers.photo_arrived(alone)
        print_calls("one photo alone", recorder.calls)
        recorder.begin()
        await asyncio.gather(*(handlers.retry_due(Ticket(name).encode()) for name in rest))
        print_counts(len(rest), recorder)
    report = vars(await status(ingest_context()))
    await services().close()
    assert report["failed"] == report["retrying"] == 0, report
    assert report["indexed"] == len(names), report


async def prepare(names: Sequence[str]) -> None:
    """Rules, a collection that has every other photo, and edits of each of them."""
    context = ingest_context()
    ids = [photo_id(each) for each in names]
    now = utc(datetime.now(UTC))
    assert context.catalogue
    await context.know_fields()
    await context.collections.create(
        Collection(id=COLLECTION, name="Ours", photos=tuple(ids[::2]), created_at=now, updated_at=now)
    )
    await context.catalogue.access.ready()
    container = services()._accounts[0].get_container_client("photo-settings")
    await container.upload_blob("access.json", RULES.encode())
    await context.catalogue.check()
    for name, id_ in zip(names, ids, strict=True):
        edit = FieldEdit(value="As a person calls it", by="person", at=now)
        assert await context.edits.write(PhotoEdits(id=id_, path=name, fields={"title": edit}))


def print_calls(title: str, calls: Sequence[Call]) -> None:
    own = [each for each in calls if each.service != "models"]
    print(f"{title}: {len(own)} requests to storage and search, {len(calls) - len(own)} to models")
    for number, each in enumerate(sorted(calls, key=lambda call: call.begin), 1):
        print(f"  {number:2} {each.begin:6.3f} to {each.end:6.3f} s  {each.service:6} {each.status} {each.what}")
    print(f"  outside the models: {outside(calls):.3f} s")


def outside(calls: Sequence[Call]) -> float:
    """Seconds of the whole during which no model was asked."""
    end = min(each.begin for each in calls)
    idle = 0.0
    for each in sorted((each for each in calls if each.service == "models"), key=lambda call: call.begin):
        idle += max(0.0, each.begin - end)
        end = max(end, each.end)
    return idle + max(each.end for each in calls) - end


def print_counts(photos: int, recorder: Recorder) -> None:
    print(f"{photos} photos at once: {len(recorder.own) / photos:.2f} requests to storage and search a photo")
    print(f"  outside the models: {outside(recorder.calls):.3f} s")
    whats = [f"{each.service:6} {each.status} {each.what}" for each in recorder.calls]
    for what, count in Counter(re.sub(r"/\d{3}\.jpg", "/….jpg", each) for each in whats).most_common():
        print(f"  {count / photos:5.2f}  {what}")


if __name__ == "__main__":
    main()
