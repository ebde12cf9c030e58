"""Connection names of bindings -> storage accounts, looked up the way the real host does."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from local.host.errors import HostStartupError
from local.host.settings import HostSettings
from local.host.storage_errors import RefuseForeignAnswers, StorageAvailability

# One attempt per request: the host's own loops wait and retry.
_CLIENT_OPTIONS: dict[str, Any] = {
    "connection_timeout": 10,
    "read_timeout": 60,
    "retry_total": 0,
    "_additional_pipeline_policies": [RefuseForeignAnswers()],
}


@dataclass(eq=False)
class StorageAccount:
    """One storage account; its clients stay open until `close`."""

    name: str
    connection_string: str | None = None
    blob_uri: str | None = None
    queue_uri: str | None = None
    credential: AsyncTokenCredential | None = None
    availability: StorageAvailability = field(init=False)

    def __post_init__(self) -> None:
        self.availability = StorageAvailability(self.name)

    @cached_property
    def blobs(self) -> BlobServiceClient:
        if self.connection_string is not None:
            return BlobServiceClient.from_connection_string(self.connection_string, **_CLIENT_OPTIONS)
        assert self.blob_uri is not None
        return BlobServiceClient(self.blob_uri, credential=self.credential, **_CLIENT_OPTIONS)

    @cached_property
    def queues(self) -> QueueServiceClient:
        if self.connection_string is not None:
            return QueueServiceClient.from_connection_string(self.connection_string, **_CLIENT_OPTIONS)
        assert self.queue_uri is not None
        return QueueServiceClient(self.queue_uri, credential=self.credential, **_CLIENT_OPTIONS)

    async def close(self) -> None:
        async with AsyncExitStack() as stack:
            for client in ("blobs", "queues"):
                if client in vars(self):
                    stack.push_async_callback(vars(self)[client].close)
            if self.credential is not None:
                stack.push_async_callback(self.credential.close)


class StorageConnections:
    """Storage accounts by connection name, each created once."""

    def __init__(self, settings: HostSettings) -> None:
        self._settings = settings
        self._accounts: dict[str, StorageAccount] = {}

    def account(self, name: str, needed_by: str) -> StorageAccount:
        """The account behind a connection name; HostStartupError names it and who needs it."""
        if name not in self._accounts:
            self._accounts[name] = self._connect(name, needed_by)
        return self._accounts[name]

    async def close(self) -> None:
        for account in self._accounts.values():
            await account.close()

    def _connect(self, name: str, needed_by: str) -> StorageAccount:
        for candidate in (f"AzureWebJobs{name}", name, f"ConnectionStrings__{name}"):
            if (value := self._settings.get(candidate)) is not None:
                return _from_connection_string(candidate, value, needed_by)
        for candidate in (f"AzureWebJobs{name}", name):
            if (account := self._by_identity(candidate)) is not None:
                return account
        raise HostStartupError(
            f"{needed_by} needs the storage connection '{name}': set '{name}' to a connection string "
            f"(UseDevelopmentStorage=true for a local emulator), or '{name}__blobServiceUri' and "
            f"'{name}__queueServiceUri' for a managed identity."
        )

    def _by_identity(self, name: str) -> StorageAccount | None:
        parts = {
            part: self._settings.get(f"{name}__{part}")
            for part in ("serviceUri", "blobServiceUri", "queueServiceUri", "accountName")
        }
        if not any(parts.values()):
            return None
        endpoint = f"https://{parts['accountName']}.{{}}.core.windows.net" if parts["accountName"] else None
        return StorageAccount(
            name,
            blob_uri=parts["blobServiceUri"] or parts["serviceUri"] or (endpoint and endpoint.format("blob")),
            queue_uri=parts["queueServiceUri"] or parts["serviceUri"] or (endpoint and endpoint.format("queue")),
            credential=self._credential(name),
        )

    def _credential(self, name: str) -> AsyncTokenCredential:
        from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential  # noqa: PLC0415 - slow

        client_id = self._settings.get(f"{name}__clientId")
        if self._settings.get(f"{name}__credential") == "managedidentity":
            return ManagedIdentityCredential(client_id=client_id)
        return DefaultAzureCredential(managed_identity_client_id=client_id)


def _from_connection_string(name: str, value: str, needed_by: str) -> StorageAccount:
    account = StorageAccount(name, connection_string=value)
    try:
        assert account.blobs
        assert account.queues
    except ValueError as error:
        raise HostStartupError(
            f"{needed_by}: the setting '{name}' is not a storage connection string: {error}"
        ) from None
    return account
