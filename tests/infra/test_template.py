"""What the template makes: the plan, no keys, sign-in that lets events through, private networks, models in turn."""

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from deploy.sign_in import SCOPE
from shared.api_keys import MIN_LENGTH, parse_keys
from shared.prices import find_price
from tests.infra.source import ROOT
from tests.infra.templates import Template
from web.protected_resource import SETTING
from web.routes import ROUTES

VNET = "[parameters('vnetEnabled')]"


@pytest.fixture(scope="module")
def site(main: Template) -> dict[str, Any]:
    return dict(main.resource("Microsoft.Web/sites")["properties"])


def test_the_app_runs_on_flex_consumption(main: Template, site: dict[str, Any]) -> None:
    config = site["functionAppConfig"]

    assert main.resource("Microsoft.Web/serverfarms")["sku"] == {"tier": "FlexConsumption", "name": "FC1"}
    assert config["runtime"] == {"name": "python", "version": (ROOT / ".python-version").read_text().strip()}
    assert config["scaleAndConcurrency"]["instanceMemoryMB"] == 2048
    assert config["scaleAndConcurrency"]["triggers"]["http"]["perInstanceConcurrency"] == 16
    assert site["siteConfig"]["http20Enabled"] is True
    assert site["httpsOnly"] is True


def test_one_identity_is_used_for_everything(main: Template, site: dict[str, Any]) -> None:
    authentication = site["functionAppConfig"]["deployment"]["storage"]["authentication"]

    assert main.resource("Microsoft.Web/sites")["identity"]["type"] == "UserAssigned"
    assert authentication["type"] == "UserAssignedIdentity"
    assert authentication["userAssignedIdentityResourceId"] == site["keyVaultReferenceIdentity"]


def test_nothing_takes_keys(main: Template) -> None:
    storage = main.resource("Microsoft.Storage/storageAccounts")["properties"]

    assert storage["allowSharedKeyAccess"] is False
    assert storage["allowBlobPublicAccess"] is False
    assert main.resource("Microsoft.Search/searchServices")["properties"]["disableLocalAuth"] is True
    assert main.resource("Microsoft.CognitiveServices/accounts")["properties"]["disableLocalAuth"] is True
    assert main.resource("Microsoft.Insights/components")["properties"]["DisableLocalAuth"] is True
    assert main.resource("Microsoft.KeyVault/vaults")["properties"]["enableRbacAuthorization"] is True
    logins = main.resources("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert [each["properties"]["allow"] for each in logins] == [False, False]


def test_sign_in_lets_events_and_health_checks_through(main: Template) -> None:
    config = main.resource("Microsoft.Web/sites/config", "authsettingsV2")["properties"]
    before_the_app = validation(main)

    for route in ROUTES:
        if route.anonymous and "share" in route.function:
            assert any(fnmatchcase(f"/{route.path}", each) for each in re.findall("'([^']+)'", before_the_app)), (
                route.path
            )
    assert "createArray('/runtime/webhooks/*', '/api/health', '/api/pictures/*', " in before_the_app
    anonymous = {each.path for each in ROUTES if each.anonymous}
    assert {"api/health", "api/pictures/{size}/{id}"} <= anonymous
    assert config["platform"]["enabled"] == "[not(empty(parameters('signInClientId')))]"


def test_with_platform_the_app_decides_whom_it_lets_in_and_no_secret_is_kept(main: Template, app: Template) -> None:
    properties = main.resource("Microsoft.Web/sites/config", "authsettingsV2")["properties"]
    provider = properties["identityProviders"]["azureActiveDirectory"]

    assert validation(main).startswith(
        "[if(parameters('signsIn'), createObject('requireAuthentication', false(), "
        "'unauthenticatedClientAction', 'AllowAnonymous')"
    )
    setting = provider["registration"]["clientSecretSettingName"]
    assert setting == "[if(parameters('signsIn'), 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID', null())]"
    assert "allowedAudiences" in provider["validation"]
    behind_a_proxy = "and(parameters('signsIn'), not(empty(parameters('publicUrl'))))"
    assert behind_a_proxy in properties["login"]["allowedExternalRedirectUrls"]
    assert behind_a_proxy in properties["httpSettings"]["forwardProxy"]["convention"]
    identity = app.body["resources"]["signInIdentity"]
    assert (identity["condition"], app.body["variables"]["signsIn"]) == (
        "[variables('signsIn')]",
        "[equals(parameters('choices').HTTP_AUTH, 'platform')]",
    )
    assert main.body["parameters"]["httpAuth"]["allowedValues"] == ["key", "function", "platform"]


def test_clients_of_mcp_learn_where_people_sign_in_only_where_that_is_chosen(main: Template, app: Template) -> None:
    variables = main.module("app").module("app").body["variables"]
    settings = main.resource("Microsoft.Web/sites/config", "appsettings")["properties"]
    sign_in = main.resource("Microsoft.Web/sites/config", "authsettingsV2")["properties"]
    audiences = sign_in["identityProviders"]["azureActiveDirectory"]["validation"]
    knob = main.body["parameters"]["mcpOAuth"]

    assert (knob["defaultValue"], knob["allowedValues"]) == ("off", ["on", "off"])
    assert main.arguments("app")["mcpOAuth"] == "[parameters('mcpOAuth')]"
    is_on = "[and(variables('signsIn'), equals(parameters('mcpOAuth'), 'on'))]"
    assert app.arguments("app")["signsInForMcp"] == is_on
    assert settings == "[union(parameters('moreSettings'), parameters('settings'), variables('mcpSettings'))]"
    assert variables["mcpSettings"] == (
        f"[if(parameters('signsInForMcp'), createObject('{SETTING}', "
        f"format('api://{{0}}/{SCOPE}', parameters('signInClientId'))), createObject())]"
    )
    assert "createArray(parameters('signInClientId'), format('api://{0}', parameters('signInClientId')))" in audiences
    assert "if(parameters('signsInForMcp'), createArray(format('https://{0}/mcp', reference(" in audiences
    assert audiences.endswith("variables('publicResource'))), null())]")


def validation(main: Template) -> str:
    """What the platform does with those who have not signed in, by the choice of whoever deploys."""
    return str(main.module("app").module("app").body["variables"]["validation"])


def test_search_is_basic_with_the_ranker_as_a_knob(main: Template, app: Template) -> None:
    service = main.resource("Microsoft.Search/searchServices")["properties"]

    assert main.body["parameters"]["searchSku"]["defaultValue"] == "basic"
    assert service["semanticSearch"] == "[parameters('semanticRanker')]"
    assert app.arguments("app")["settings"]["SEMANTIC_RANKER"] == (
        "[if(equals(parameters('semanticRanker'), 'disabled'), 'off', 'on')]"
    )


def test_models_are_deployed_one_after_the_other_in_a_region_of_their_own(main: Template) -> None:
    deployment = main.resource("Microsoft.CognitiveServices/accounts/deployments")
    arguments = main.arguments("app")

    assert (deployment["copy"]["mode"], deployment["copy"]["batchSize"]) == ("serial", 1)
    choice = "[if(empty(parameters('openAiLocation')), createObject('value', parameters('location')), "
    assert arguments["openAiLocation"].startswith(choice)


def test_deployments_are_named_so_that_the_app_knows_their_prices(main: Template) -> None:
    defaults = {name: each.get("defaultValue") for name, each in main.body["parameters"].items()}
    caption, chat, embedding = (each["deployment"] for each in main.body["variables"]["models"])

    assert caption == "[parameters('captionModel')]"
    assert chat == "[format('{0}-{1}', parameters('chatModel'), parameters('chatModelVersion'))]"
    assert embedding == "[parameters('embeddingModel')]"
    assert find_price(defaults["captionModel"])
    assert find_price(f"{defaults['chatModel']}-{defaults['chatModelVersion']}")


def test_batches_have_a_deployment_of_the_very_model_that_describes_photos_if_any(main: Template) -> None:
    variables, parameters = main.body["variables"], main.body["parameters"]
    made = "createArray(createObject('deployment', variables('batchModel'), 'model', parameters('captionModel'), "
    made += "'version', parameters('captionModelVersion'), 'sku', parameters('batchSku'), 'capacity', "

    assert variables["batchModel"] == (
        "[if(equals(parameters('batchCapacity'), 0), '', format('{0}-batch', parameters('captionModel')))]"
    )
    assert variables["batchModels"].startswith(f"[if(empty(variables('batchModel')), createArray(), {made}")
    assert main.arguments("app")["models"] == "[concat(variables('models'), variables('batchModels'))]"
    assert main.body["outputs"]["BATCH_MODEL"]["value"] == "[variables('batchModel')]"
    assert (parameters["batchCapacity"]["defaultValue"], parameters["batchSku"]["defaultValue"]) == (0, "GlobalBatch")


def test_plain_calls_go_to_deployments_of_the_kind_that_was_chosen(main: Template) -> None:
    deployment = main.resource("Microsoft.CognitiveServices/accounts/deployments")

    assert {each["sku"] for each in main.body["variables"]["models"]} == {"[parameters('modelSku')]"}
    assert deployment["sku"]["name"] == "[parameters('models')[copyIndex()].sku]"


@pytest.mark.parametrize("parameter", ["captionModel", "chatModel", "embeddingModel"])
def test_default_models_are_in_the_table_of_models(main: Template, parameter: str) -> None:
    model = main.body["parameters"][parameter]["defaultValue"]

    assert f"`{model}`" in (ROOT / "docs" / "models.md").read_text(encoding="utf-8")


def test_private_networks_hide_storage_search_and_models(main: Template, app: Template) -> None:
    endpoints = app.body["variables"]["endpoints"]
    loop = app.body["resources"]["endpoint"]

    assert [each["part"] for each in endpoints] == ["blob", "queue", "table", "searchService", "account"]
    assert loop["condition"] == app.body["resources"]["network"]["condition"] == VNET
    storage = main.resource("Microsoft.Storage/storageAccounts")["properties"]["networkAcls"]
    assert storage == {
        "bypass": "AzureServices",
        "defaultAction": "[if(parameters('vnetEnabled'), 'Deny', 'Allow')]",
    }, "Event Grid passes as a trusted service"
    for kind in ("Microsoft.Search/searchServices", "Microsoft.CognitiveServices/accounts"):
        access = main.resource(kind)["properties"]["publicNetworkAccess"]
        assert access == "[if(parameters('vnetEnabled'), 'Disabled', 'Enabled')]"


def test_the_door_of_the_app_stays_public(site: dict[str, Any]) -> None:
    assert "publicNetworkAccess" not in site, "the default is open: Event Grid and people come this way"


def test_every_cloud_has_its_private_zones(app: Template) -> None:
    zones = app.body["variables"]["zonesByCloud"]

    assert zones.keys() == {"AzureCloud", "AzureUSGovernment", "AzureChinaCloud"}
    assert all(each.keys() == {"search", "models"} for each in zones.values())


def test_the_key_is_long_enough_and_stays_the_same(parameters: dict[str, Any], main: Template) -> None:
    secrets = re.findall(r"\$\(secretOrRandomPassword \$\{AZURE_KEY_VAULT_NAME\} ([\w-]+)\)", parameters["apiKey"])
    key = "-".join(["aaaaaBBBBB12345"] * len(secrets))  # as azd makes them: five of each kind
    kept = main.resource("Microsoft.KeyVault/vaults/secrets", "api-keys")["properties"]["value"]

    assert re.sub(r"\$\([^)]*\)", "aaaaaBBBBB12345", parameters["apiKey"]) == key
    assert len(key) >= MIN_LENGTH
    assert main.body["parameters"]["apiKey"]["minLength"] == main.body["parameters"]["apiKey"]["maxLength"] == len(key)
    assert secrets == ["api-key-1", "api-key-2", "api-key-3"]
    [made] = parse_keys(kept.split("'")[1].replace("{0}", key))
    assert (made.name, made.right) == ("deployment", "full")


def test_the_vault_keeps_each_part_where_azd_looks_for_it(main: Template) -> None:
    [parts] = (each for each in main.resources("Microsoft.KeyVault/vaults/secrets") if "copy" in each)

    assert parts["copy"]["count"] == "[length(range(1, 3))]"
    assert "format('api-key-{0}', range(1, 3)[copyIndex()])" in parts["name"]
    assert parts["properties"]["value"] == "[split(parameters('apiKey'), '-')[sub(range(1, 3)[copyIndex()], 1)]]"


def test_the_app_is_tagged_for_azd(main: Template) -> None:
    assert "'azd-service-name', 'api'" in main.resource("Microsoft.Web/sites")["tags"]
