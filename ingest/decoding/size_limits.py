"""How many bytes a file may have, by its kind, and how large an upload through HTTP may be."""

import os
from dataclasses import dataclass

from ingest.decoding.sniff import is_large_name
from shared.errors import BadPhoto
from shared.settings import Settings

HTTP_LIMIT = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"  # the host's own setting, and the default it has
HTTP_DEFAULT = 104_857_600


@dataclass(frozen=True)
class SizeLimit:
    """The most bytes of a file, and the setting that says so."""

    bytes: int
    setting: str

    def check(self, size: int) -> None:
        """Raise BadPhoto for a file of more bytes."""
        if size > self.bytes:
            raise BadPhoto(
                f"the file has {_megabytes(size)}, more than the limit of {_megabytes(self.bytes)} ({self.setting})"
            )


def size_limit(settings: Settings, *, large: bool) -> SizeLimit:
    """The limit for ordinary files, or for kinds that are large by nature."""
    if large and settings.max_raw_bytes > settings.max_photo_bytes:
        return SizeLimit(settings.max_raw_bytes, "MAX_RAW_BYTES")
    return SizeLimit(settings.max_photo_bytes, "MAX_PHOTO_BYTES")


def upload_limit(name: str, settings: Settings) -> SizeLimit:
    """The limit for a file of which only the name is known yet."""
    return size_limit(settings, large=is_large_name(name))


def http_limit() -> int:
    """The most bytes of a request that the Functions host takes."""
    return int(os.environ.get(HTTP_LIMIT) or HTTP_DEFAULT)


def check_http_upload(length: int | None) -> None:
    """Raise BadPhoto for an upload that the Functions host does not take, with the way round."""
    most = http_limit()
    if length is not None and length > most:
        raise BadPhoto(
            f"the file has {_megabytes(length)}, more than the {_megabytes(most)} that an upload through the page may "
            "have: add it with `python -m ingest import FOLDER`, or put it in the container with Azure Storage Explorer"
        )


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB" if count >= 10_000_000 else f"{count:,} bytes"
