"""The bytes of an original: in memory, or mapped from a temporary file."""

import mmap
import tempfile

from ingest.context import IngestContext
from ingest.decoding.byte_source import Data
from shared import telemetry
from shared.disk import room_for
from shared.storage import BlobInfo

STORAGE = {"http.request.method": "GET", "az.namespace": "Microsoft.Storage"}  # of a span of OpenTelemetry
IN_MEMORY = 50_000_000  # bytes of a file; a larger one is mapped from disk


async def read_bytes(original: BlobInfo, context: IngestContext) -> Data | None:
    """A file's bytes: in memory or, where it is large, mapped from a temporary file. None if it has changed."""
    with telemetry.span("read photo", STORAGE | {"photo.bytes": original.size}, client=True):
        if original.size <= IN_MEMORY:
            blob = await context.storage.read(original)
            return blob.data if blob else None
        with room_for(original.size), tempfile.TemporaryFile() as file:
            if not await context.storage.read_into(original, file):
                return None
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
