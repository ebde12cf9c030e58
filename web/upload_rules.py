"""What the page may send, as it is written into it: the kinds that are read, and how large files may be."""

from typing import Any

from ingest.decoding.size_limits import http_limit, size_limit
from ingest.decoding.sniff import LARGE_EXTENSIONS, PICKER_ACCEPTS
from shared.settings import Settings


def upload_rules(settings: Settings | None) -> dict[str, Any]:
    """The kinds as a file input names them, and sizes in bytes; those that are settings are null without any."""
    return {
        "accept": PICKER_ACCEPTS,
        "large_extensions": LARGE_EXTENSIONS,
        "max_request_bytes": http_limit(),
        "max_bytes": settings and size_limit(settings, large=False).bytes,
        "max_large_bytes": settings and size_limit(settings, large=True).bytes,
    }
