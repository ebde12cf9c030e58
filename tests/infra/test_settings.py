"""The settings of the deployed app: each that is read is set, or left for a reason, and each that is set is read."""

import re
from typing import Any

import pytest

from shared.settings import Settings
from tests.infra.templates import Template

READ = {field.alias for field in Settings.model_fields.values()}
# What the platform, its host and its telemetry read; the app does not.
OF_THE_PLATFORM = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AzureFunctionsJobHost__extensions__queues__newBatchThreshold",
    "AzureWebJobsDisableHomepage",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__tableServiceUri",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    "PYTHON_ENABLE_OPENTELEMETRY",
    "PhotoStorage__credential",
}
# What has a default that a deployment does not need to change; the parameter moreSettings can, for whoever does.
LEFT = {
    "the identity is used instead": {
        "AZURE_CLIENT_ID", "AZURE_SEARCH_API_KEY", "AzureWebJobsStorage", "IMAGE_EMBEDDING_API_KEY",
        "OPENAI_API_KEY", "PhotoStorage",
    },
    "of a laptop: here Application Insights gets it": {"TELEMETRY_FILE"},
    "the addresses say it": {"AzureWebJobsStorage__accountName"},
    "chosen by the plan, which the platform names in WEBSITE_SKU": {"PHOTO_EVENTS"},
    "the blob is where its definitions are stored by command": {"CATALOGUE"},
    "the app has a host name of its own, and no path before it": {"BASE_PATH"},
    "a matter of taste or of the models": {
        "AUDIT_DAYS", "CAPTION_REASONING_EFFORT", "CHAT_API", "FEEDBACK", "IMAGE_DETAIL",
        "MAP_ATTRIBUTION", "MAP_TILES", "PREVIEW_SIDE", "PRICES",
        "REASONING_EFFORT", "STORE_LOCATION", "TEMPERATURE", "THUMBNAIL_SIDE", "TRASH_DAYS", "VECTOR_WEIGHT",
    },
    "a limit that suits an instance of 2,048 MB": {
        "MAX_PHOTO_BYTES", "MAX_PHOTO_FRAMES", "MAX_PHOTO_PIXELS", "MAX_RAW_BYTES", "MEMORY_BUDGET_BYTES",
    },
    "a limit that protects from spending": {
        "CHAT_ANSWER_TOKENS", "CHAT_LOOKS", "CHAT_PICTURES", "CHAT_ROUNDS", "CHAT_TOKENS_PER_DAY", "CHAT_TOOL_CALLS",
        "LINK_MINUTES", "REFRESH_PHOTOS",
    },
}  # fmt: skip
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
NOT_ON_FLEX = {
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTOVERVNET",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_DNS_SERVER",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_NODE_DEFAULT_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
    "WEBSITE_TIME_ZONE",
    "WEBSITE_VNET_ROUTE_ALL",
}
CHOICE = re.compile(r"\[parameters\('choices'\)\.(\w+)\]")
# Outputs that are no settings: what postdeploy reads.
FOR_POSTDEPLOY = {
    "AZURE_DEPLOYER_ID", "AZURE_EVENT_TOPIC_NAME", "AZURE_FUNCTION_NAME", "AZURE_KEY_VAULT_NAME",
    "AZURE_RESOURCE_GROUP", "AZURE_SEARCH_SKU", "AZURE_SIGN_IN_IDENTITY_ID", "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_TENANT_ID", "CAPTION_MODEL_NAME", "CHAT_MODEL_NAME", "EMBEDDING_MODEL_NAME", "SERVICE_API_URI",
    "VNET_ENABLED",
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(app: Template) -> dict[str, str]:
    return dict(app.arguments("app")["settings"])


def test_every_setting_that_is_set_is_read(settings: dict[str, str]) -> None:
    assert settings.keys() <= READ | OF_THE_PLATFORM


def test_every_setting_that_is_read_is_set_or_left_for_a_reason(settings: dict[str, str]) -> None:
    left = set().union(*LEFT.values())

    assert READ - left <= settings.keys()
    assert not left & settings.keys()


def test_what_is_left_has_a_default_and_is_read() -> None:
    required = {field.alias for field in Settings.model_fields.values() if field.is_required()}
    left = set().union(*LEFT.values())

    assert not left & required
    assert left <= READ


def test_no_setting_is_one_that_the_plan_refuses(settings: dict[str, str]) -> None:
    assert not settings.keys() & NOT_ON_FLEX


def test_what_whoever_deploys_chooses_arrives_under_its_own_name(main: Template, settings: dict[str, str]) -> None:
    choices = main.arguments("app")["choices"]

    assert {match[1]: name for name, value in settings.items() if (match := CHOICE.fullmatch(value))} == {
        name: name for name in choices
    }


def test_both_connections_use_the_identity_of_the_app(settings: dict[str, str]) -> None:
    for connection in ("AzureWebJobsStorage", "PhotoStorage"):
        assert settings[f"{connection}__credential"] == "managedidentity"
        assert settings[f"{connection}__clientId"] == "[reference('identity').clientId]"
        assert settings.keys() >= {f"{connection}__blobServiceUri", f"{connection}__queueServiceUri"}


def test_the_app_checks_keys_that_a_vault_keeps(main: Template, app: Template, settings: dict[str, str]) -> None:
    [site] = main.resources("Microsoft.Web/sites")

    assert main.body["parameters"]["httpAuth"]["defaultValue"] == "key"
    assert settings["API_KEYS"].startswith("[format('@Microsoft.KeyVault(SecretUri={0})', reference('vault')")
    assert site["properties"]["keyVaultReferenceIdentity"] == "[parameters('identityId')]"


def test_pictures_come_through_the_app_where_storage_is_private(app: Template, settings: dict[str, str]) -> None:
    assert settings["PICTURES"] == "[if(parameters('vnetEnabled'), 'proxy', 'links')]"


def test_outputs_are_settings_or_for_postdeploy(main: Template, settings: dict[str, str]) -> None:
    outputs = set(main.body["outputs"])

    assert outputs - FOR_POSTDEPLOY <= settings.keys()
    assert outputs >= FOR_POSTDEPLOY


def test_the_commands_find_every_setting_without_default(main: Template) -> None:
    required = {field.alias for field in Settings.model_fields.values() if field.is_required()}

    assert required | {"PhotoStorage__blobServiceUri", "PhotoStorage__queueServiceUri"} <= set(main.body["outputs"])


def test_no_output_is_a_secret(main: Template) -> None:
    assert not any("apiKey" in str(each["value"]) for each in main.body["outputs"].values())


def test_azd_fills_in_every_parameter(main: Template, parameters: dict[str, Any]) -> None:
    assert parameters.keys() == main.body["parameters"].keys()


def test_defaults_of_azd_are_those_of_the_template(main: Template, parameters: dict[str, Any]) -> None:
    texts = {name: value for name, value in parameters.items() if isinstance(value, str)}
    defaults = {name: match[1] for name, value in texts.items() if (match := re.fullmatch(r"\$\{\w+=(.*)\}", value))}
    of_template = {name: main.body["parameters"][name].get("defaultValue") for name in defaults}

    assert defaults == {
        name: str(value).lower() if value is False else str(value) for name, value in of_template.items()
    }
