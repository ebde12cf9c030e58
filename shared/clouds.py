"""What differs between Azure's clouds, by the names that Azure's own tools use for them (the setting AZURE_CLOUD)."""

from dataclasses import dataclass
from typing import Literal

CloudName = Literal["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"]


@dataclass(frozen=True)
class Cloud:
    """
    Who gives out tokens, and for whom.

    `authority` is None where azure-identity's own default holds, which AZURE_AUTHORITY_HOST may change. Tokens for
    storage name the same audience in every cloud, so it isn't here.
    """

    authority: str | None
    model_scope: str
    search_audience: str


# From Azure's SDKs: AzureAuthorityHosts of azure-identity, SearchAudience of azure-search-documents for Java and .NET,
# and the audiences of its clients for AI services.
CLOUDS: dict[CloudName, Cloud] = {
    "AzureCloud": Cloud(None, "https://cognitiveservices.azure.com/.default", "https://search.azure.com"),
    "AzureUSGovernment": Cloud(
        "login.microsoftonline.us",
        "https://cognitiveservices.azure.us/.default",
        "https://search.azure.us",
    ),
    "AzureChinaCloud": Cloud(
        "login.chinacloudapi.cn",
        "https://cognitiveservices.azure.cn/.default",
        "https://search.azure.cn",
    ),
}
