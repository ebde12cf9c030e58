"""host.json, local.settings.json and connections mean what they mean to the real host."""

import json
from pathlib import Path

import pytest

from local.host.blob_trigger.path_pattern import parse_path_pattern
from local.host.connections import StorageConnections
from local.host.errors import HostStartupError
from local.host.host_json import HostJson, QueueOptions, parse_time_span, read_host_json
from local.host.queue_trigger.in_flight_messages import InFlightMessage, InFlightMessages
from local.host.settings import HostSettings, LocalSettingsFile, app_environment, read_local_settings
from local.host.sign_in.registration import METADATA_SCOPES
from tests.machine import KEY


def write_and_read(folder: Path, environment: dict[str, str] | None = None, **content: object) -> HostJson:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **content}))
    return read_host_json(folder, environment or {})


def test_defaults_are_the_documented_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)

    host_json = write_and_read(tmp_path)

    assert host_json.route_prefix == "api"
    assert host_json.function_timeout == 1800
    assert host_json.queues == QueueOptions(
        batch_size=16,
        new_batch_threshold=32,
        max_dequeue_count=5,
        visibility_timeout=0,
        max_polling_interval=2,
        base64=True,
    )
    assert host_json.blobs == QueueOptions(batch_size=17, new_batch_threshold=15, max_dequeue_count=5)


@pytest.mark.parametrize(("degree", "batch", "threshold"), [(100, 32, 68), (16, 9, 7), (1, 1, 0)])
def test_parallel_blobs_are_split_into_batch_and_threshold(
    tmp_path: Path, degree: int, batch: int, threshold: int
) -> None:
    options = write_and_read(tmp_path, extensions={"blobs": {"maxDegreeOfParallelism": degree}}).blobs

    assert (options.batch_size, options.new_batch_threshold) == (batch, threshold)


def test_settings_override_host_json(tmp_path: Path) -> None:
    overrides = {
        "AzureFunctionsJobHost__extensions__http__routeprefix": "v2",
        "AzureFunctionsJobHost__extensions__queues__batchSize": "3",
    }

    host_json = write_and_read(tmp_path, overrides, extensions={"http": {"routePrefix": "v1"}})

    assert (host_json.route_prefix, host_json.queues.batch_size) == ("v2", 3)


@pytest.mark.parametrize(
    "extensions",
    [
        {"queues": {"batchSize": 33}},
        {"queues": {"maxPollingInterval": "soon"}},
        {"queues": {"messageEncoding": "rot13"}},
        {"blobs": {"poisonBlobThreshold": 0}},
    ],
)
def test_impossible_values_of_host_json_are_refused(tmp_path: Path, extensions: dict[str, object]) -> None:
    with pytest.raises(HostStartupError, match=r"host\.json"):
        write_and_read(tmp_path, extensions=extensions)


def test_time_spans_are_read_as_dotnet_writes_them() -> None:
    assert [parse_time_span(text) for text in ("00:00:00.250", "01:02:03", "2.00:00:01")] == [0.25, 3723, 172801]


def test_local_settings_become_text_whatever_their_json_type(tmp_path: Path) -> None:
    content = {
        "Values": {"A": "a", "N": 7, "B": True},
        "ConnectionStrings": {"Db": "x", "Other": {"ConnectionString": "y"}},
        "Host": {"LocalHttpPort": 7072, "CORS": "*", "CORSCredentials": True},
    }
    (tmp_path / "local.settings.json").write_text(json.dumps(content))

    local_settings = read_local_settings(tmp_path)

    assert local_settings.values == {
        "A": "a",
        "N": "7",
        "B": "true",
        "ConnectionStrings__Db": "x",
        "ConnectionStrings__Other": "y",
    }
    assert (local_settings.port, local_settings.cors, local_settings.cors_credentials) == (7072, ("*",), True)


def test_encrypted_local_settings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text('{"IsEncrypted": true}')

    with pytest.raises(HostStartupError, match="encrypted"):
        read_local_settings(tmp_path)


def test_setting_names_ignore_case_and_missing_ones_are_named() -> None:
    settings = HostSettings({"Queue": "work", "a__b": "nested"})

    assert settings.resolve("%QUEUE%-%a:B%", "f") == "work-nested"
    with pytest.raises(HostStartupError, match=r"Function 'f'.*'Gone'"):
        settings.resolve("%Gone%", "f")


def account_urls(values: dict[str, str], name: str = "Photos") -> tuple[str, str]:
    account = StorageConnections(HostSettings(values)).account(name, "Function 'f'")
    return account.blobs.url, account.queues.url


async def test_connections_are_found_under_every_name_the_real_host_knows() -> None:
    cloud = f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY}"
    cloud_urls = ("https://acct.blob.core.windows.net/", "https://acct.queue.core.windows.net/")

    assert account_urls({"Photos": cloud}) == cloud_urls
    assert account_urls({"AzureWebJobsPhotos": cloud, "Photos": "not this one"}) == cloud_urls
    assert account_urls({"ConnectionStrings__Photos": cloud}) == cloud_urls
    assert account_urls({"Photos__accountName": "acct"}) == cloud_urls
    assert account_urls(
        {"Photos__blobServiceUri": "https://b.example", "Photos__queueServiceUri": "https://q.example"}
    ) == (
        "https://b.example/",
        "https://q.example/",
    )


async def test_the_emulator_has_its_usual_ports_or_others() -> None:
    usual = ("http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10001/devstoreaccount1")
    moved = (
        f"AccountName=devstoreaccount1;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;"
        "QueueEndpoint=http://127.0.0.1:2/devstoreaccount1"
    )

    assert tuple(url.rstrip("/") for url in account_urls({"Photos": "UseDevelopmentStorage=true"})) == usual
    assert tuple(url.rstrip("/") for url in account_urls({"Photos": moved})) == (
        "http://127.0.0.1:1/devstoreaccount1",
        "http://127.0.0.1:2/devstoreaccount1",
    )


@pytest.mark.parametrize("values", [{}, {"Photos": ""}, {"Photos": "nonsense"}])
def test_a_connection_that_is_missing_or_malformed_is_named(values: dict[str, str]) -> None:
    with pytest.raises(HostStartupError, match=r"Function 'f'.*'Photos'"):
        account_urls(values)


@pytest.mark.parametrize(
    ("path", "name", "tokens"),
    [
        ("photos/{name}", "2024/a.jpg", {"name": "2024/a.jpg"}),
        ("photos/{folder}/{name}.jpg", "a/b/c.jpg", {"folder": "a/b", "name": "c"}),
        ("photos/{name}.jpg", "a.JPG", None),
        ("photos/x{{y}}-{z}", "x{y}-1", {"z": "1"}),
        ("photos", "anything/at all", {}),
        ("photos/one.jpg", "one.jpg", {}),
        ("photos/{name}", "new\nline", {"name": "new\nline"}),
    ],
)
def test_blob_paths_match_greedily_and_across_slashes(path: str, name: str, tokens: dict[str, str] | None) -> None:
    assert parse_path_pattern(path, "f").match(name) == tokens


def test_a_blob_path_lists_no_more_than_its_literal_beginning() -> None:
    assert parse_path_pattern("photos/2024/x{name}", "f").prefix == "2024/x"


@pytest.mark.parametrize("path", ["", "{container}/{name}", "photos/{", "photos/{a b}", "Photos!/x"])
def test_a_malformed_blob_path_is_refused_by_name(path: str) -> None:
    with pytest.raises(HostStartupError, match="'f'"):
        parse_path_pattern(path, "f")


def test_messages_in_flight_when_a_host_was_killed_are_recovered(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    first = InFlightMessages(path)
    assert first.recover() == []
    first.add("q", "1", "a")
    first.add("q", "2", "b")
    first.add("q", "1", "a2")
    first.remove("q", "2")
    first.close()
    with path.open("a") as torn:
        torn.write('["q", "3"')

    second = InFlightMessages(path)

    assert second.recover() == [InFlightMessage("q", "1", "a2")]
    assert InFlightMessages(path).used_by_other_host
    second.remove("q", "1")
    second.close()
    third = InFlightMessages(path)
    assert third.recover() == []
    third.close()


@pytest.mark.parametrize("signs_in", [True, False])
def test_only_the_host_says_whether_people_sign_in(signs_in: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    local_settings = LocalSettingsFile({"WEBSITE_AUTH_ENABLED": "True"})

    environment = app_environment(local_settings, "127.0.0.1", 7071, signs_in=signs_in)

    assert environment["WEBSITE_AUTH_ENABLED"] == str(signs_in)
    assert environment["WEBSITE_AUTH_DEFAULT_PROVIDER"] == ("local" if signs_in else "")


def test_the_metadata_for_clients_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES"
    monkeypatch.delenv(name, raising=False)
    scopes = [
        app_environment(LocalSettingsFile(values), "127.0.0.1", 7071, signs_in=True)[name]
        for values in ({}, {name: ""}, {name: "api://own/scope"})
    ]

    assert scopes == [METADATA_SCOPES, "", "api://own/scope"]
