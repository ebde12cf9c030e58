"""Events as Azure Blob Storage publishes them, in Event Grid's own schema."""

import itertools
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

_TYPES = {
    "PutBlob": "Microsoft.Storage.BlobCreated",
    "PutBlockList": "Microsoft.Storage.BlobCreated",
    "CopyBlob": "Microsoft.Storage.BlobCreated",
    "DeleteBlob": "Microsoft.Storage.BlobDeleted",
    "SetBlobTier": "Microsoft.Storage.BlobTierChanged",
}
# Containers that Event Grid hears nothing of.
_SILENT = {"$logs", "$blobchangefeed"}
_ACCOUNTS = "/subscriptions/local/resourceGroups/local/providers/Microsoft.Storage/storageAccounts"

_sequence = itertools.count(1)


class UnknownOperation(Exception):
    """An operation that is none of storage's, or names no blob; the message says which."""


def event_of(operation: Mapping[str, Any], *, encoded: bool) -> dict[str, Any] | None:
    """
    The event of an operation of the emulator; None if it makes none.

    `encoded` says whether the blob's address in it is percent-encoded or spelt raw, as public reports show it. In the
    subject a name is always raw, with what lies beyond the basic plane, such as emoji, replaced.
    """
    type_ = _TYPES.get(str(operation.get("api")))
    if type_ is None:
        raise UnknownOperation(f"{operation.get('api')!r} is none of {', '.join(_TYPES)}")
    address = urlsplit(str(operation.get("address")))
    try:
        account, container, path = address.path.lstrip("/").split("/", 2)
    except ValueError:
        raise UnknownOperation(f"{operation.get('address')!r} names no blob") from None
    if container in _SILENT:
        return None
    name = unquote(path)
    spelling = quote(name) if encoded else name
    url = f"{address.scheme}://{address.netloc}/{account}/{container}/{spelling}"
    return {
        "topic": f"{_ACCOUNTS}/{account}",
        "subject": f"/blobServices/default/containers/{container}/blobs/{_without_emoji(name)}",
        "eventType": type_,
        "id": str(uuid.uuid4()),
        "data": _data(operation, type_, url),
        "dataVersion": "",
        "metadataVersion": "1",
        "eventTime": datetime.now(UTC).isoformat(),
    }


def _data(operation: Mapping[str, Any], type_: str, url: str) -> dict[str, Any]:
    data = {
        "api": operation["api"],
        "clientRequestId": operation.get("clientRequestId"),
        "requestId": operation.get("requestId"),
        "contentType": operation.get("contentType") or "application/octet-stream",
        "blobType": operation.get("blobType") or "BlockBlob",
        "url": url,
        "sequencer": f"{next(_sequence):032X}",
        "storageDiagnostics": {"batchId": str(uuid.uuid4())},
    }
    if type_ == "Microsoft.Storage.BlobCreated":
        etag = str(operation.get("etag") or "").strip('"')
        data |= {"eTag": etag, "contentLength": operation.get("contentLength", 0)}
    return data


def _without_emoji(name: str) -> str:
    return "".join(each if ord(each) < 0x10000 else "\ufffd" for each in name)
