"""Who the app is to Azure where no key says so."""

from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

from shared.settings import Settings

Identity = DefaultAzureCredential | ManagedIdentityCredential


def app_identity(settings: Settings) -> DefaultAzureCredential:
    """The app's own identity in Azure, or whoever has signed in on a laptop."""
    return _default_identity(settings, _client_id(settings))


def connection_identity(settings: Settings, kind: str | None, client_id: str | None) -> Identity | None:
    """The identity that a storage connection names, as the Functions host reads it; None where it is the app's own."""
    if kind and kind.lower() == "managedidentity":
        return ManagedIdentityCredential(client_id=client_id)
    return None if client_id in {None, _client_id(settings)} else _default_identity(settings, client_id)


def _client_id(settings: Settings) -> str | None:
    return settings.photo_client_id or settings.client_id


def _default_identity(settings: Settings, client_id: str | None) -> DefaultAzureCredential:
    if authority := settings.cloud.authority:
        return DefaultAzureCredential(managed_identity_client_id=client_id, authority=authority)
    return DefaultAzureCredential(managed_identity_client_id=client_id)
