"""
What a blob event says, read as the real host reads it, which is not always what its sender means.

An address is taken for a URL, whether Event Grid has percent-encoded it or not. So a raw `a%20b.jpg` is the blob
`a b.jpg`, what follows a raw `?` is lost, and so are spaces at the end and slashes at either end of a name. The type,
the etag and the container of an event are not looked at.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from local.host.blob_trigger.executor import BlobTriggeredFunction
from local.host.blob_trigger.trigger_message import BlobTriggerMessage, quoted_etag

# Under either name the real host registers a function; any other is accepted too, and nothing ever runs.
_ID_PREFIXES = ("Host.Functions.", "Functions.")


def function_of(function_id: str, functions: Mapping[str, object]) -> str | None:
    """The function that the real host runs for `functionName=...`; None if it runs nothing."""
    for prefix in _ID_PREFIXES:
        if function_id.startswith(prefix) and function_id.removeprefix(prefix) in functions:
            return function_id.removeprefix(prefix)
    return None


def trigger_message(event: Any, target: BlobTriggeredFunction) -> BlobTriggerMessage:
    """The message for an event; raises KeyError, TypeError, AttributeError or ValueError if it names no blob."""
    data = event["data"]
    container, name = blob_of(data["url"], account_path=urlsplit(str(target.account.blobs.url)).path.strip("/"))
    return BlobTriggerMessage(
        target.function.name, str(data.get("blobType", "BlockBlob")), container, name, quoted_etag(data.get("eTag"))
    )


def blob_of(address: str, *, account_path: str) -> tuple[str, str]:
    """Container and name of the blob at an address in Azure's style or, below `account_path`, in the emulator's."""
    path = urlsplit(address.strip().replace("#", "%23")).path.lstrip("/")
    if account_path:
        path = path.removeprefix(f"{account_path}/")
    container, slash, name = path.partition("/")
    if not (container and slash):
        raise ValueError(f"the address {address!r} names no blob")
    return container, unquote(name).strip("/")
