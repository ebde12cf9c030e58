"""
Blobs of other containers: what the host says of them is not about a photo of ours, though the name may be the same.

Event Grid's webhook runs the function for a blob of any container, and all apps of a storage account share one queue of
blobs that were given up.
"""

import json
import logging

from ingest.context import IngestContext

log = logging.getLogger(__name__)


def is_elsewhere(container: str, context: IngestContext) -> bool:
    """Whether this is another container than that of the photos; the log says what to look at then."""
    if container in {"", context.settings.container}:
        return False
    log.warning("left alone a blob of the container %s: check the filters of the event subscriptions", container)
    return True


def container_in(body: str) -> str:
    """The container that a message of the host's own blob queue names; empty if it is another message."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    container = message.get("ContainerName") if isinstance(message, dict) else None
    return container if isinstance(container, str) else ""
