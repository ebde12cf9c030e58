"""Where events go: a webhook, a storage queue and, for what cannot be delivered, a container of dead letters."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from local.eventgrid.retry_schedule import RESPONSE_TIMEOUT
from local.eventgrid.subscription import Subscription

Event = Mapping[str, Any]


class Destinations:
    """Sends events, and says with which status they were answered; None if there was no answer."""

    def __init__(self, storage: str, http: httpx.AsyncClient | None = None) -> None:
        self._http = http or httpx.AsyncClient(timeout=RESPONSE_TIMEOUT, trust_env=False)
        self._queues = QueueServiceClient.from_connection_string(storage, retry_total=0)
        self._blobs = BlobServiceClient.from_connection_string(storage)

    async def close(self) -> None:
        await self._http.aclose()
        await self._queues.close()
        await self._blobs.close()

    async def send(self, subscription: Subscription, events: Sequence[Event], attempt: int) -> int | None:
        """The `attempt`-th delivery of these events, the first being 1."""
        if subscription.queue:
            return await self._enqueue(subscription.queue, events)
        headers = {"aeg-delivery-count": str(attempt - 1), "aeg-metadata-version": "1", "aeg-data-version": ""}
        response = await self._post(subscription, "Notification", events, headers)
        return response.status_code if response is not None else None

    async def ask(self, subscription: Subscription, event: Event) -> httpx.Response | None:
        """Ask a webhook whether it wants events at all."""
        return await self._post(subscription, "SubscriptionValidation", [event], {})

    async def _post(
        self, subscription: Subscription, kind: str, events: Sequence[Event], headers: Mapping[str, str]
    ) -> httpx.Response | None:
        own = {"aeg-event-type": kind, "aeg-subscription-name": subscription.name.upper()}
        try:
            return await self._http.post(subscription.url, json=list(events), headers={**own, **headers})
        except httpx.HTTPError:
            return None

    async def _enqueue(self, queue: str, events: Sequence[Event]) -> int | None:
        """One message for each event, base64 like those of the Functions host; the queue must exist."""
        client = self._queues.get_queue_client(queue)
        try:
            for event in events:
                await client.send_message(base64.b64encode(json.dumps(event).encode()).decode())
        except HttpResponseError as error:
            return error.status_code
        except AzureError:
            return None
        return HTTPStatus.OK

    async def keep(self, subscription: Subscription, events: Sequence[Event]) -> None:
        """Write dead letters as one blob, below the subscription's name in capitals and the hour."""
        now = datetime.now(UTC)
        name = f"{subscription.name.upper()}/{now.year}/{now.month}/{now.day}/{now.hour}/{uuid.uuid4()}.json"
        client = self._blobs.get_blob_client(subscription.dead_letters, name)
        await client.upload_blob(json.dumps(list(events)))
