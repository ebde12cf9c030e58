"""The app registration: made once, connected with the app, and left alone where it is somebody else's."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy import __main__ as commands, sign_in, venv
from deploy.arm import Azure
from deploy.errors import DeployError
from deploy.graph import GRAPHS, find_graph
from deploy.management_endpoints import CLOUDS
from deploy.patience import Patience
from deploy.sign_in import CALLBACK, VS_CODE, connected, role_id
from shared.access.role_mapping import ROLES
from shared.azd_environment import AzdEnvironment
from shared.errors import SettingsError
from tests.deploy.graph_stand_in import GraphStandIn

TOKEN = "azd's token"
QUICK = Patience(limit=30, pause=0.01, longest_pause=0.05)
URL, IDENTITY, ME = "https://func-dev.azurewebsites.net", "identity-object", "deployer-object"
NAME = "photos-sub-dev"
AZD = AzdEnvironment(
    "dev",
    {
        "HTTP_AUTH": "platform",
        "AZURE_SUBSCRIPTION_ID": "sub",
        "AZURE_TENANT_ID": "tenant",
        "AZURE_SIGN_IN_IDENTITY_ID": IDENTITY,
        "AZURE_DEPLOYER_ID": ME,
        "SERVICE_API_URI": URL,
    },
)


@pytest.fixture
def graph() -> Iterator[GraphStandIn]:
    stand_in = GraphStandIn(TOKEN)
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    """The sign-in of azd."""
    azd = tmp_path / "bin" / "azd"
    azd.parent.mkdir()
    answer = json.dumps({"token": TOKEN, "expiresOn": "2099-01-01T00:00:00Z"})
    log = tmp_path / "azd.log"
    script = f"#!/bin/sh\nif [ $1 = env ]; then echo \"$@\" >> {log}; else cat <<'END'\n{answer}\nEND\nfi\n"
    azd.write_text(script, encoding="utf-8")
    azd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{azd.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureDeveloperCliCredential")
    azure = Azure(CLOUDS["AzureCloud"])
    yield azure
    azure.close()


def prepare(azd: AzdEnvironment, azure: Azure, graph: GraphStandIn) -> AzdEnvironment:
    """What azd knows after the hook before provisioning."""
    with connected(azd, azure, QUICK, graph.endpoints) as registration:
        client_id = registration.prepare()
    made = {"AZURE_SIGN_IN_CLIENT_ID": client_id, "AZURE_SIGN_IN_MADE_ID": client_id} if client_id else {}
    return replace(azd, values={**azd.values, **made})


def finish(azd: AzdEnvironment, azure: Azure, graph: GraphStandIn) -> str:
    with connected(azd, azure, QUICK, graph.endpoints) as registration:
        return registration.finish()


def test_a_registration_is_made_with_a_role_for_each_of_ours(azure: Azure, graph: GraphStandIn) -> None:
    azd = prepare(AZD, azure, graph)

    application = graph.applications[NAME]
    assert application["appId"] == azd["AZURE_SIGN_IN_CLIENT_ID"]
    assert application["signInAudience"] == "AzureADMyOrg"
    assert {each["value"] for each in application["appRoles"]} == set(ROLES)
    assert all(each["allowedMemberTypes"] == ["User", "Application"] for each in application["appRoles"])


def test_people_come_back_to_the_app_and_whoever_deploys_is_an_admin(azure: Azure, graph: GraphStandIn) -> None:
    said = finish(prepare(AZD, azure, graph), azure, graph)

    application = graph.applications[NAME]
    assert application["web"]["redirectUris"] == [URL + CALLBACK]
    assert application["identifierUris"] == [f"api://{application['appId']}"]
    [credential] = application["credentials"]
    assert (
        credential
        | {
            "subject": IDENTITY,
            "issuer": "https://login.microsoftonline.com/tenant/v2.0",
            "audiences": ["api://AzureADTokenExchange"],
        }
        == credential
    )
    [principal] = graph.principals.values()
    [assignment] = principal["assignments"]
    assert (assignment["principalId"], assignment["appRoleId"]) == (ME, role_id("admin"))
    assert "you are an admin now" in said


def test_a_second_run_changes_nothing_and_keeps_what_others_have_added(azure: Azure, graph: GraphStandIn) -> None:
    azd = prepare(AZD, azure, graph)
    finish(azd, azure, graph)
    graph.applications[NAME]["web"]["redirectUris"].insert(0, "https://own.example/.auth/login/aad/callback")
    before = json.dumps([graph.applications, graph.principals])

    assert "you are an admin" in finish(prepare(azd, azure, graph), azure, graph)
    assert json.dumps([graph.applications, graph.principals]) == before


def test_another_address_and_another_identity_are_taken_over(azure: Azure, graph: GraphStandIn) -> None:
    azd = prepare(AZD, azure, graph)
    finish(azd, azure, graph)
    moved = {"PUBLIC_URL": "https://photos.example/", "AZURE_SIGN_IN_IDENTITY_ID": "other"}

    finish(replace(azd, values={**azd.values, **moved}), azure, graph)

    application = graph.applications[NAME]
    assert application["web"]["redirectUris"] == [URL + CALLBACK, "https://photos.example" + CALLBACK]
    assert [each["subject"] for each in application["credentials"]] == ["other"]


def test_clients_of_mcp_get_its_address_as_a_name_and_no_consent_to_ask_for(azure: Azure, graph: GraphStandIn) -> None:
    chosen = {"MCP_OAUTH": "on", "MCP_CLIENTS": " client-a ,client-a,", "PUBLIC_URL": "https://photos.example/"}
    azd = prepare(replace(AZD, values={**AZD.values, **chosen}), azure, graph)

    finish(azd, azure, graph)
    finish(azd, azure, graph)

    application = graph.applications[NAME]
    names = [f"api://{application['appId']}", f"{URL}/mcp", "https://photos.example/mcp"]
    assert application["identifierUris"] == names
    [scope] = application["api"]["oauth2PermissionScopes"]
    assert (scope["value"], scope["isEnabled"], application["api"]["requestedAccessTokenVersion"]) == (
        "user_impersonation",
        True,
        2,
    )
    assert application["api"]["preAuthorizedApplications"] == [
        {"appId": each, "delegatedPermissionIds": [scope["id"]]} for each in (VS_CODE, "client-a")
    ]


def test_names_and_clients_that_others_have_added_stay(azure: Azure, graph: GraphStandIn) -> None:
    azd = prepare(AZD, azure, graph)
    finish(azd, azure, graph)
    application = graph.applications[NAME]
    theirs = {"appId": VS_CODE, "delegatedPermissionIds": []}
    application["identifierUris"].append("https://own.example/photos")
    application["api"]["preAuthorizedApplications"] = [theirs]

    finish(azd, azure, graph)
    assert application["identifierUris"] == [f"api://{application['appId']}", "https://own.example/photos"]
    finish(replace(azd, values={**azd.values, "MCP_OAUTH": "on"}), azure, graph)

    assert application["identifierUris"][1:] == ["https://own.example/photos", f"{URL}/mcp"]
    assert application["api"]["preAuthorizedApplications"] == [theirs]


def test_what_the_directory_does_not_know_yet_is_tried_again(azure: Azure, graph: GraphStandIn) -> None:
    graph.faults.update({"_read": 2, "_credentials": 2, "_add_principal": 1, "_assignments": 2})

    assert "you are an admin now" in finish(prepare(AZD, azure, graph), azure, graph)


@pytest.mark.parametrize(
    ("operation", "what"),
    [("_upsert", "make an app registration"), ("_assignments", "give you the role admin")],
)
def test_a_tenant_that_forbids_it_is_told_with_the_way_round(
    operation: str, what: str, azure: Azure, graph: GraphStandIn
) -> None:
    graph.forbidden.add(operation)

    with pytest.raises(DeployError, match=f"does not let you {what} .*Authorization_RequestDenied") as error:
        finish(prepare(AZD, azure, graph), azure, graph)
    assert "azd env set AZURE_SIGN_IN_CLIENT_ID" in str(error.value)


def test_a_registration_of_somebody_else_is_left_alone(azure: Azure, graph: GraphStandIn) -> None:
    theirs = replace(AZD, values={**AZD.values, "AZURE_SIGN_IN_CLIENT_ID": "theirs"})

    said = finish(prepare(theirs, azure, graph), azure, graph)

    assert graph.applications == {}
    assert graph.writes == []
    assert all(text in said for text in ("theirs", URL + CALLBACK, IDENTITY, "viewer, contributor, editor, admin"))
    assert f"{URL}/mcp" not in said
    for_agents = replace(theirs, values={**theirs.values, "MCP_OAUTH": "on"})
    assert f"the Application ID URI {URL}/mcp" in finish(for_agents, azure, graph)
    assert graph.writes == []


def test_without_a_person_nobody_gets_a_role(azure: Azure, graph: GraphStandIn) -> None:
    azd = prepare(replace(AZD, values={**AZD.values, "AZURE_DEPLOYER_ID": ""}), azure, graph)

    assert "nobody has a role yet" in finish(azd, azure, graph)


def test_the_hook_does_nothing_where_nobody_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    modules: list[str] = []

    def run_module(name: str) -> int:
        modules.append(name)
        return 0

    monkeypatch.setattr(venv, "run_module", run_module)
    for auth in ("", "key", "function", "platform"):
        monkeypatch.setenv("HTTP_AUTH", auth)
        assert commands.main(["preprovision"]) == 0

    assert modules == ["deploy.sign_in"]


def test_azd_is_told_of_the_registration(
    azure: Azure, graph: GraphStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "read_azd_environment", lambda: AZD)
    monkeypatch.setattr(sign_in, "find_graph", lambda _: graph.endpoints)

    assert sign_in.main() == 0

    client_id = graph.applications[NAME]["appId"]
    lines = [f"env set {name} {client_id}" for name in (sign_in.CLIENT_ID, sign_in.MADE_ID)]
    assert (tmp_path / "azd.log").read_text().splitlines() == lines


def test_the_hook_says_what_went_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> AzdEnvironment:
        raise SettingsError("there is no azd environment")

    monkeypatch.setattr(sign_in, "read_azd_environment", missing)

    assert sign_in.main() == 1
    assert "there is no azd environment" in capsys.readouterr().err


def test_every_cloud_has_its_own_directory() -> None:
    assert GRAPHS.keys() == CLOUDS.keys()
    with pytest.raises(SettingsError, match=re.escape("AZURE_CLOUD is 'Mars'")):
        find_graph("Mars")
