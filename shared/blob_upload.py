"""One blob written in blocks: nobody sees it before it is whole, and storage checks what it may replace."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.storage.blob import BlobBlock, ContentSettings, StorageErrorCode
from azure.storage.blob.aio import BlobClient

BLOCK_SIZE = 4 * 1024 * 1024  # bytes


class NotReplaced(Exception):
    """The condition of an upload did not hold, or another upload of the same name was finished first."""


@dataclass
class StagedBlob:
    """Blocks that wait to become a blob, and what they are together."""

    blocks: list[BlobBlock] = field(default_factory=list)
    size: int = 0
    md5: bytes = b""

    @property
    def base64_md5(self) -> str:
        return b64encode(self.md5).decode()


async def stage(blob: BlobClient, data: AsyncIterable[bytes], *, block_size: int | None = None) -> StagedBlob:
    """
    Send the blocks of a blob, of which one is in memory.

    Their names are unique, so that two uploads of one name at the same time never mix. Names must all be of one
    length, also those that an upload of the SDK's own left behind: 48 digits.
    """
    staged, md5 = StagedBlob(), hashlib.md5(usedforsecurity=False)
    async for block in _blocks(data, block_size or BLOCK_SIZE):
        md5.update(block)
        id_ = f"{uuid4().int:048d}"
        await blob.stage_block(id_, block)
        staged.blocks.append(BlobBlock(id_))
        staged.size += len(block)
    staged.md5 = md5.digest()
    return staged


async def commit(
    blob: BlobClient,
    staged: StagedBlob,
    *,
    content_type: str,
    metadata: dict[str, str] | None,
    if_match: str | None,
    if_none_match: bool,
    like: ContentSettings | None = None,
) -> tuple[str, datetime]:
    """
    Make the blocks a blob, with its MD5, which storage computes only for small blobs; return etag and time.

    Of a copy, encoding, language and caching are `like` those of its original. NotReplaced if a blob stands in the way.
    """
    settings = ContentSettings(
        content_type=content_type,
        content_encoding=like.content_encoding if like else None,
        content_language=like.content_language if like else None,
        cache_control=like.cache_control if like else None,
        content_disposition="attachment",
        content_md5=bytearray(staged.md5),
    )
    condition = _condition(if_match, if_none_match)
    try:
        written = await blob.commit_block_list(staged.blocks, content_settings=settings, metadata=metadata, **condition)
    except (ResourceExistsError, ResourceModifiedError) as error:
        raise NotReplaced from error
    except HttpResponseError as error:
        # Whoever commits first takes away the blocks of the others.
        if getattr(error, "error_code", None) == StorageErrorCode.INVALID_BLOCK_LIST:
            raise NotReplaced from error
        raise
    return str(written["etag"]), written["last_modified"]  # type: ignore[return-value]


def _condition(if_match: str | None, if_none_match: bool) -> dict[str, Any]:
    if if_none_match:
        return {"match_condition": MatchConditions.IfMissing}
    return {"etag": if_match, "match_condition": MatchConditions.IfNotModified} if if_match else {}


async def _blocks(data: AsyncIterable[bytes], block_size: int) -> AsyncIterator[bytes]:
    """The same bytes in blocks of one size; the last may be smaller."""
    buffer = bytearray()
    async for chunk in data:
        buffer += chunk
        while len(buffer) >= block_size:
            yield bytes(buffer[:block_size])
            del buffer[:block_size]
    if buffer:
        yield bytes(buffer)
