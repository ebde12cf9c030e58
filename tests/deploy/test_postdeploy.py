"""Postdeploy, whole: against the app under the local host, Azurite, the stand-ins, and one of Azure's manager."""

import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from deploy import postdeploy
from deploy.bicep import MISSING, compile_template
from deploy.errors import DeployError
from deploy.events import EVENTS
from deploy.management_endpoints import CLOUDS
from deploy.patience import Patience
from deploy.postdeploy import PostDeploy
from shared import azd_environment
from shared.azd_environment import AzdEnvironment, read_azd_environment
from shared.errors import SettingsError
from tests.deploy.azure_stand_in import TOKEN, AzureStandIn
from tests.machine import missing
from tests.world import KEY, Process, World, picture, running_locked, running_world

CLIENT_KEY = "the-key-that-clients-send-0123456789"
SIGNED_IN = json.dumps({"token": TOKEN, "expiresOn": "2099-01-01T00:00:00Z"})
QUICK = Patience(limit=60, pause=0.05, longest_pause=0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deploy")


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[World]:
    with running_world(folder, PHOTO_EVENTS="eventgrid") as world:
        yield world


@pytest.fixture(scope="module")
def app(world: World, folder: Path) -> Iterator[Process]:
    """The app as it is deployed: with keys of its own, and with a host that asks for its own as well."""
    secrets = str(folder / "secrets")
    with running_locked(world, folder, "--secrets", secrets, keys=f"deployment:full:{CLIENT_KEY}") as host:
        yield host


@pytest.fixture(scope="module")
def azure(world: World, app: Process, folder: Path) -> Iterator[AzureStandIn]:
    azure = AzureStandIn(folder / "secrets", app.url, world.photos, CLIENT_KEY)
    azure.start()
    yield azure
    azure.stop()


@pytest.fixture(scope="module")
def signed_in(folder: Path) -> Iterator[None]:
    """A sign-in of azd, and none of anybody else."""
    sign_in(folder, SIGNED_IN, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureDeveloperCliCredential")
        yield


def sign_in(folder: Path, output: str, code: int) -> None:
    """An azd that prints this when a token is asked for."""
    azd = folder / "bin" / "azd"
    azd.parent.mkdir(exist_ok=True)
    azd.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\nexit {code}\n", encoding="utf-8")
    azd.chmod(0o755)


@pytest.fixture(scope="module")
def azd(world: World, app: Process, folder: Path) -> AzdEnvironment:
    """The environment that azd left behind, as a file."""
    values = {
        "AZURE_SUBSCRIPTION_ID": "sub",
        "AZURE_RESOURCE_GROUP": "rg-dev",
        "AZURE_FUNCTION_NAME": "func-dev",
        "AZURE_EVENT_TOPIC_NAME": "evgt-dev",
        "AZURE_KEY_VAULT_NAME": "kv-dev",
        "AZURE_SEARCH_SKU": "basic",
        "SERVICE_API_URI": app.url,
        "PHOTO_CONTAINER": "photos",
        "PhotoStorage": world.azurite.connection_string,
        "AzureWebJobsStorage": world.azurite.connection_string,
        "OPENAI_BASE_URL": f"{world.models_url}/v1",
        "OPENAI_API_KEY": KEY,
        "CAPTION_MODEL": "stand-in-vision",
        "CHAT_MODEL": "stand-in-chat",
        "EMBEDDING_MODEL": "stand-in-embedding",
        "EMBEDDING_DIMENSIONS": "384",
        "CAPTION_MODEL_NAME": "gpt-5.4-mini",
        "CHAT_MODEL_NAME": "gpt-5.4-mini",
        "AZURE_SEARCH_ENDPOINT": world.search_url,
        "AZURE_SEARCH_API_KEY": KEY,
    }
    file = folder / ".azure" / "dev" / ".env"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
    return read_azd_environment(folder / ".azure", {"AZURE_ENV_NAME": "dev"})


def changed(azd: AzdEnvironment, **values: str) -> AzdEnvironment:
    return replace(azd, values={**azd.values, **values})


def run(azd: AzdEnvironment, azure: AzureStandIn, patience: Patience = QUICK) -> None:
    PostDeploy(azd, azure.cloud, patience, patience).run()


@pytest.fixture(scope="module")
def compiler() -> None:
    """Skipped where nothing compiles Bicep."""
    try:
        compile_template(EVENTS)
    except DeployError as error:
        if str(error) == MISSING:
            missing("a Bicep compiler")
        raise


@pytest.fixture(scope="module")
def first_run(azd: AzdEnvironment, azure: AzureStandIn, compiler: None, signed_in: None) -> str:
    """What the first run prints, with all at once that is known to fail at first."""
    azure.faults.update({"host starts": 1, "no system key": 1, "handshake": 2, "no role": 1})
    printed = io.StringIO()
    with redirect_stdout(printed):
        run(azd, azure)
    return printed.getvalue()


@pytest.fixture
def deployed(azd: AzdEnvironment, azure: AzureStandIn, first_run: str) -> AzdEnvironment:
    """An environment on which postdeploy has run; whatever a test before has broken is made again."""
    azure.faults.clear()
    states = [each["provisioningState"] for each in azure.deployments.values()]
    if not azure.subscriptions or states != ["Succeeded"]:
        run(azd, azure)
    azure.requests.clear()
    return azd


def test_a_new_deployment_is_finished_and_checked(
    first_run: str, deployed: AzdEnvironment, azure: AzureStandIn
) -> None:
    """The host starts, a handshake times out, roles take a while."""
    [subscription] = azure.subscriptions.values()
    assert subscription["properties"]["filter"]["subjectBeginsWith"] == "/blobServices/default/containers/photos/blobs/"
    assert "ServiceUnavailable" in first_run
    assert "no system key blobs_extension yet" in first_run
    assert "Webhook validation handshake failed" in first_run
    assert "Caller is not authorized" in first_run
    assert "all that is needed works" in first_run
    assert "events of new photos: made" in first_run
    assert "3 uploaded and searchable" in first_run
    assert "What do these photos show?" in first_run
    assert "about $73.00" in first_run
    assert "1,000 photos described: about $2.64" in first_run
    assert CLIENT_KEY not in first_run


def test_a_second_run_changes_nothing(
    deployed: AzdEnvironment, azure: AzureStandIn, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    def state() -> object:
        containers = world.photos, world.blobs.get_container_client("photo-descriptions")
        blobs = [(each.name, each.etag) for container in containers for each in container.list_blobs()]
        return blobs, json.dumps([azure.deployments, azure.subscriptions])

    before = state()

    run(deployed, azure)

    printed = capsys.readouterr().out
    assert state() == before
    assert {method for method, _ in azure.requests} <= {"GET", "POST"}
    assert {path.rpartition("/")[2] for method, path in azure.requests if method == "POST"} == {
        "listKeys",
        "getFullUrl",
    }
    assert "events of new photos: unchanged" in printed
    assert "samples: unchanged" in printed
    assert "What do these photos show?" not in printed


def test_a_changed_system_key_renews_the_subscription(
    deployed: AzdEnvironment, azure: AzureStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where events are sent to cannot be changed, so the old subscription goes first."""
    [subscription] = azure.subscriptions.values()
    destination = subscription["properties"]["destination"]["properties"]
    url = destination["endpointUrl"]
    destination["endpointUrl"] = f"{url.partition('&code=')[0]}&code=of-yesterday"

    run(deployed, azure)

    [renewed] = azure.subscriptions.values()
    assert renewed["properties"]["destination"]["properties"]["endpointUrl"] == url
    assert "events of new photos: renewed" in capsys.readouterr().out


def test_a_handshake_that_keeps_failing_is_an_error(deployed: AzdEnvironment, azure: AzureStandIn) -> None:
    azure.subscriptions.clear()
    azure.faults["handshake"] = 1000

    with pytest.raises(DeployError, match=r"gave up on Event Grid after 1 s: .*handshake failed.*troubleshooting"):
        run(deployed, azure, Patience(limit=1, pause=0.05))


def test_a_failure_that_stays_is_not_tried_again(deployed: AzdEnvironment, azure: AzureStandIn) -> None:
    with pytest.raises(DeployError, match=r"the deployment of events failed: .*ParentResourceNotFound"):
        run(changed(deployed, AZURE_EVENT_TOPIC_NAME="evgt-other"), azure)

    assert [method for method, _ in azure.requests].count("PUT") == 1


def test_an_app_that_is_not_there_is_an_error_at_once(deployed: AzdEnvironment, azure: AzureStandIn) -> None:
    with pytest.raises(DeployError, match=r"the host's keys cannot be read \(HTTP 404\): ResourceNotFound"):
        run(changed(deployed, AZURE_FUNCTION_NAME="func-other"), azure)


def test_an_app_that_stays_down_is_told_to_read_its_secrets_again(
    deployed: AzdEnvironment, azure: AzureStandIn
) -> None:
    nobody = changed(deployed, SERVICE_API_URI="http://127.0.0.1:9")
    impatient = Patience(limit=3, pause=0.01, longest_pause=0.01)

    with pytest.raises(DeployError, match=r"gave up on the app after 3 s: http://127\.0\.0\.1:9 does not answer"):
        PostDeploy(nobody, azure.cloud, impatient).run()

    assert {path.rpartition("/")[2] for _, path in azure.requests} == {"refresh"}


def test_where_people_sign_in_nothing_is_uploaded(
    deployed: AzdEnvironment, azure: AzureStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    run(changed(deployed, AZURE_SIGN_IN_CLIENT_ID="c1", VNET_ENABLED="true"), azure)

    assert "skipped: samples and a question, as people sign in here" in capsys.readouterr().out


def test_with_the_hosts_keys_one_of_them_is_sent(
    deployed: AzdEnvironment, azure: AzureStandIn, app: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    """The app here checks keys of its own, so it refuses that of the host."""
    with pytest.raises(DeployError, match=r"the app refused /api/originals \(401\)"):
        run(changed(deployed, HTTP_AUTH="function", VNET_ENABLED="true"), azure)

    assert not any("secrets" in path for _, path in azure.requests)


def test_samples_can_be_declined(
    deployed: AzdEnvironment, azure: AzureStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    run(changed(deployed, SAMPLES="0", VNET_ENABLED="true"), azure)

    assert "no samples: SAMPLES is 0" in capsys.readouterr().out


def test_a_value_that_is_missing_is_named(azd: AzdEnvironment, azure: AzureStandIn, signed_in: None) -> None:
    with pytest.raises(SettingsError, match=r"AZURE_FUNCTION_NAME is missing from the azd environment dev: run azd"):
        run(changed(azd, AZURE_FUNCTION_NAME=""), azure)


def test_behind_private_endpoints_only_the_app_and_the_manager_are_asked(
    deployed: AzdEnvironment, azure: AzureStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = "http://127.0.0.1:9"
    private = changed(deployed, VNET_ENABLED="true", OPENAI_BASE_URL=nobody, AZURE_SEARCH_ENDPOINT=nobody)
    azure.faults["private vault"] = 1

    run(private, azure)

    printed = capsys.readouterr().out
    assert "skipped: the doctor's checks of models, search, storage and queues" in printed
    assert "skipped: samples and a question, as the key vault kv-dev does not answer from here" in printed
    assert "about $109.50" in printed


def test_what_the_doctor_misses_is_waited_for_and_then_an_error(
    deployed: AzdEnvironment, azure: AzureStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = changed(deployed, EMBEDDING_DIMENSIONS="7")

    with pytest.raises(DeployError, match=r"gave up on the doctor after 0 s: missing are models: embedding"):
        PostDeploy(wrong, azure.cloud, QUICK, Patience(limit=0)).run()

    assert "to do: " in capsys.readouterr().out


def test_photos_of_ones_own_stay_among_themselves(deployed: AzdEnvironment, azure: AzureStandIn, world: World) -> None:
    """Who deleted a sample, or has uploaded something, gets no samples again."""
    world.drop("mine.jpg", picture(1))
    gone = "samples/space/thunderstorm.jpg"
    world.photos.delete_blob(gone)
    try:
        run(deployed, azure)
        assert gone not in {each.name for each in world.photos.list_blobs()}
    finally:
        world.photos.delete_blob("mine.jpg")


def test_where_people_sign_in_to_the_app_its_key_still_fills_it(
    deployed: AzdEnvironment, azure: AzureStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = {"HTTP_AUTH": "platform", "AZURE_SIGN_IN_CLIENT_ID": "c1", "AZURE_SIGN_IN_IDENTITY_ID": "i1"}

    run(changed(deployed, **theirs, VNET_ENABLED="true"), azure)

    printed = capsys.readouterr().out
    assert "sign-in: the app registration c1 is yours to keep" in printed
    assert "samples: unchanged" in printed


def test_without_a_sign_in_it_says_how(
    deployed: AzdEnvironment,
    azure: AzureStandIn,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(azd_environment, "AZD_FOLDER", folder / ".azure")
    monkeypatch.setenv("AZURE_ENV_NAME", "dev")
    monkeypatch.setitem(CLOUDS, "AzureCloud", azure.cloud)
    sign_in(folder, "not logged in, run `azd auth login` to login", 1)
    try:
        assert postdeploy.main() == 1
    finally:
        sign_in(folder, SIGNED_IN, 0)

    error = capsys.readouterr().err
    assert "azd auth login" in error
    assert "azd hooks run postdeploy" in error
