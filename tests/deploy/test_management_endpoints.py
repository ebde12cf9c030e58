"""Azure's clouds."""

import pytest

from deploy.management_endpoints import CLOUDS, find_endpoints
from shared.errors import SettingsError


def test_each_cloud_has_its_own_addresses() -> None:
    assert find_endpoints("AzureCloud").manager_scope == "https://management.azure.com/.default"
    assert find_endpoints("AzureUSGovernment").vault.format("kv") == "https://kv.vault.usgovcloudapi.net"
    assert find_endpoints("AzureChinaCloud").vault_scope == "https://vault.azure.cn/.default"
    assert len({each.resource_manager for each in CLOUDS.values()}) == len(CLOUDS)


def test_a_cloud_that_is_not_one_is_named() -> None:
    with pytest.raises(SettingsError, match="AZURE_CLOUD is 'Mars': use one of AzureCloud, "):
        find_endpoints("Mars")
