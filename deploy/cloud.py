"""Azure's clouds: where its resource manager and its key vaults are."""

from dataclasses import dataclass

from shared.errors import SettingsError


@dataclass(frozen=True)
class Cloud:
    """The addresses of one cloud; `vault` takes the name of a key vault. Scopes are what tokens are asked for."""

    resource_manager: str
    vault: str
    vault_scope: str

    @property
    def manager_scope(self) -> str:
        return f"{self.resource_manager}/.default"


def _cloud(manager: str, vaults: str) -> Cloud:
    return Cloud(f"https://{manager}", f"https://{{}}.{vaults}", f"https://{vaults}/.default")


CLOUDS = {
    "AzureCloud": _cloud("management.azure.com", "vault.azure.net"),
    "AzureUSGovernment": _cloud("management.usgovcloudapi.net", "vault.usgovcloudapi.net"),
    "AzureChinaCloud": _cloud("management.chinacloudapi.cn", "vault.azure.cn"),
}


def find_cloud(name: str) -> Cloud:
    """The cloud of a name; SettingsError where there is none."""
    if name not in CLOUDS:
        raise SettingsError(f"AZURE_CLOUD is {name!r}: use one of {', '.join(CLOUDS)}")
    return CLOUDS[name]
