"""
What the Flex Consumption plan does otherwise, where WEBSITE_SKU says that the app runs there.

A polling blob trigger is refused in the words of Azure's host, one instance answers no more HTTP requests at a time
than it is set to, and app settings without effect there are named in the log.
"""

import logging
from collections.abc import Collection

from local.host.errors import HostStartupError
from local.host.function_metadata import FunctionMetadata
from local.host.settings import HostSettings

log = logging.getLogger(__name__)

PYTHON_HTTP_CONCURRENCY = 1
"""Requests at a time that an instance of a Python app answers by default, whatever its size."""

# "Flex Consumption plan deprecations" in the reference of app settings. Azure sets them itself, or has moved them to
# properties of the site, or ignores them; its tools refuse to deploy some.
_SETTINGS_WITHOUT_EFFECT = {
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_RUNTIME",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "TZ",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_TIME_ZONE",
    "WEBSITES_CONTAINER_START_TIME_LIMIT",
}


def is_flex(settings: HostSettings) -> bool:
    return settings.get("WEBSITE_SKU") == "FlexConsumption"


def check_blob_source(function: FunctionMetadata) -> None:
    """HostStartupError for a polling blob trigger; Azure starts the app without the function."""
    if str(function.trigger.data.get("source", "")).casefold() != "eventgrid":
        raise HostStartupError(
            "The Flex Consumption SKU only supports EventGrid as the source for BlobTrigger functions. Please update "
            f"function '{function.name}' to use EventGrid. For more information see https://aka.ms/blob-trigger-eg."
        )


def settings_without_effect(names: Collection[str]) -> list[str]:
    """Those of the app's settings that must not be set on Flex Consumption."""
    return sorted(name for name in names if name.upper() in _SETTINGS_WITHOUT_EFFECT)


def http_concurrency(settings: HostSettings, names: Collection[str], *, asked: int | None) -> int | None:
    """How many HTTP requests an instance answers at a time, None if all; the log says so, and which names are idle."""
    if not is_flex(settings):
        return asked
    if idle := settings_without_effect(names):
        log.warning("on Flex Consumption these app settings have no effect or are refused: %s", ", ".join(idle))
    limit = asked or PYTHON_HTTP_CONCURRENCY
    log.info("on Flex Consumption an instance answers %d HTTP requests at a time: --http-concurrency", limit)
    return limit
