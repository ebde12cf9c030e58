"""Azure's clouds: where its resource manager and its key vaults are."""

from dataclasses import dataclass

from shared.errors import SettingsError


@dataclass(frozen=True)
class ManagementEndpoints:
    """Those of one cloud; `vault` takes the name of a key vault. Scopes are what tokens are asked for."""

    resource_manager: str
    vault: str
    vault_scope: str

    @property
    def manager_scope(self) -> str:
        return f"{self.resource_manager}/.default"


def _endpoints(manager: str, vaults: str) -> ManagementEndpoints:
    return ManagementEndpoints(f"https://{manager}", f"https://{{}}.{vaults}", f"https://{vaults}/.default")


CLOUDS = {
    "AzureCloud": _endpoints("management.azure.com", "vault.azure.net"),
    "AzureUSGovernment": _endpoints("management.usgovcloudapi.net", "vault.usgovcloudapi.net"),
    "AzureChinaCloud": _endpoints("management.chinacloudapi.cn", "vault.azure.cn"),
}


def find_endpoints(name: str) -> ManagementEndpoints:
    """Those of the cloud of this name; SettingsError where there is none."""
    if name not in CLOUDS:
        raise SettingsError(f"AZURE_CLOUD is {name!r}: use one of {', '.join(CLOUDS)}")
    return CLOUDS[name]
