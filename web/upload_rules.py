"""What the page may send, as it is written into it: the kinds that are read, and how large files may be."""

from typing import Any

from ingest.decoding.size_limits import http_limit, size_limit
from ingest.decoding.sniff import LARGE_EXTENSIONS, PICKER_ACCEPTS
from ingest.facts.sidecar_names import EXTENSIONS as TAKEOUT_EXTENSIONS
from ingest.ignored_files import NAMES
from ingest.live_photo import EXTENSIONS as MOVIE_EXTENSIONS, LARGEST as MAX_MOVIE_BYTES
from shared.settings import Settings


def upload_rules(settings: Settings | None) -> dict[str, Any]:
    """
    The kinds as a file input names them, and sizes in bytes; those that are settings are null without any.

    Movies belong to a picture beside them, and Takeout's JSON files to a file with one of `takeout_extensions`.
    """
    return {
        "accept": PICKER_ACCEPTS,
        "large_extensions": LARGE_EXTENSIONS,
        "movie_extensions": MOVIE_EXTENSIONS,
        "takeout_extensions": sorted(f".{each}" for each in TAKEOUT_EXTENSIONS),
        "ignored_names": sorted(NAMES),
        "max_movie_bytes": MAX_MOVIE_BYTES,
        "max_request_bytes": http_limit(),
        "max_bytes": settings and size_limit(settings, large=False).bytes,
        "max_large_bytes": settings and size_limit(settings, large=True).bytes,
    }
