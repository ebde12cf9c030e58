"""The doctor against the real SDKs, Azurite and the stand-ins, which fail in every way that it should notice."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from query import __main__ as command
from query.doctor.checks import Finding
from query.doctor.examination import Examination, QuietServices, examine
from query.doctor.storage_checks import check_reconcile, check_visibility
from shared import local_settings
from shared.access.in_force import RulesInForce
from shared.photo import utc
from shared.search.schema import index_definition
from shared.settings import load
from shared.stores import reconcile_rounds, usage
from shared.stores.reconcile_rounds import ReconcileRecord, ReconcileRound
from tests.local.models.stand_in import ModelStandIn, running_stand_in
from tests.machine import Azurite, free_port, running_azurite
from tests.shared.scripted_server import Answer, scripted_server
from tests.world import KEY, ROOT, Process, python, settings

QUERY_KEY = "query-key-of-a-test"
ROUND = ReconcileRound(began_at=utc(datetime.now(UTC)), container="photos", ended_at=utc(datetime.now(UTC)))
GRANT = {"rules": [{"folder": "a", "see": ["everyone"]}]}


@dataclass(frozen=True)
class Parts:
    """What the doctor asks, without the app."""

    azurite: Azurite
    models: ModelStandIn
    search_url: str

    @property
    def settings(self) -> dict[str, str]:
        return settings(self.azurite, self.models.url, self.search_url)

    async def examine(self, **changes: str) -> "Result":
        clients = QuietServices(load(self.settings | changes))
        try:
            return Result(await examine(clients))
        finally:
            await clients.close()

    def search(self, method: str, path: str, body: Any = None) -> httpx.Response:
        url = f"{self.search_url}{path}"
        return httpx.request(method, url, json=body, headers={"api-key": KEY}, trust_env=False)

    def fail_search(self, **fault: Any) -> None:
        self.search("POST", "/__faults", fault).raise_for_status()

    def has_index(self, name: str) -> bool:
        return self.search("GET", f"/indexes('{name}')?api-version=2026-04-01").status_code == 200


@dataclass(frozen=True)
class Result:
    """An examination, by the names of its checks."""

    examination: Examination

    def find(self, check: str) -> Finding:
        """The finding of this name; the first, where several models have one."""
        return next(each for each in self.examination.findings if each.check == check)

    def states(self, service: str) -> set[str]:
        return {each.state for each in self.examination.findings if each.service == service}

    def worked_round(self) -> set[str]:
        return {each.check for each in self.examination.findings if each.state == "worked round"}

    def missing(self) -> set[str]:
        return {each.check for each in self.examination.findings if each.state == "missing"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder, port = tmp_path_factory.mktemp("doctor"), free_port()
    url = f"http://127.0.0.1:{port}"
    run = python("local.search", "--port", str(port), "--data", str(folder / "search"))
    search = Process("search", run, f"{url}/__health", folder, {"SEARCH_KEY": KEY, "SEARCH_QUERY_KEY": QUERY_KEY})
    with running_azurite(memory=True) as azurite, running_stand_in("--fast") as models:
        try:
            search.start()
            yield Parts(azurite, models, url)
        finally:
            search.stop()


@pytest.fixture
def parts(running: Parts) -> Parts:
    running.models.reset()
    running.search("DELETE", "/__faults").raise_for_status()
    return running


def image_model(parts: Parts, **changes: str) -> dict[str, str]:
    """The settings of the laptop's image model."""
    return {
        "IMAGE_EMBEDDING_MODEL": "stand-in-image-embedding",
        "IMAGE_EMBEDDING_ENDPOINT": f"{parts.models.url}/models",
        "AZURE_SEARCH_INDEX": "photos-with-pictures",
        **changes,
    }


async def test_a_model_that_embeds_pictures_is_asked_for_two_of_them_and_a_text(parts: Parts) -> None:
    result = await parts.examine(**image_model(parts))

    assert result.find("image embedding") == Finding(
        "vectors of 1,280 numbers, of pictures alone: words are not compared with them",
        service="models",
        check="image embedding",
        model="stand-in-image-embedding",
    )
    assert len([each for each in parts.models.logged_requests() if each["on"] == "embed_image"]) == 2


async def test_a_model_of_azure_vision_embeds_texts_as_well(parts: Parts) -> None:
    vision = {
        "IMAGE_EMBEDDING_API": "vision",
        "IMAGE_EMBEDDING_MODEL": "2023-04-15",
        "IMAGE_EMBEDDING_ENDPOINT": parts.models.url,
        "IMAGE_EMBEDDING_DIMENSIONS": "1024",
    }

    result = await parts.examine(**image_model(parts, **vision))

    assert result.find("image embedding").detail == "vectors of 1,024 numbers, of pictures and of texts"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"IMAGE_EMBEDDING_MODEL": "nobody"}, "check the model's name"),
        ({"IMAGE_EMBEDDING_DIMENSIONS": "256"}, "set IMAGE_EMBEDDING_DIMENSIONS"),
    ],
)
async def test_an_image_model_that_does_not_fit_is_named_with_its_setting(
    changes: dict[str, str], words: str, parts: Parts
) -> None:
    index = "pictures-of-another-length"

    finding = (await parts.examine(**image_model(parts, **changes, AZURE_SEARCH_INDEX=index))).find("image embedding")

    assert finding.state == "missing"
    assert words in finding.advice
    assert not parts.has_index(index)


async def test_where_all_is_well_everything_works_and_nothing_is_left_behind(parts: Parts) -> None:
    result = await parts.examine()

    assert {each.state for each in result.examination.findings} == {"works"}
    assert result.examination.is_healthy
    blobs = BlobServiceClient.from_connection_string(parts.azurite.connection_string)
    names = {each.name for each in blobs.list_containers()} - {usage.CONTAINER}  # its calls of models cost money, too
    containers = [blobs.get_container_client(each) for each in names]
    assert [blob.name for container in containers for blob in container.list_blobs()] == []
    queues = QueueServiceClient.from_connection_string(parts.azurite.connection_string)
    assert not [each.name for each in queues.list_queues() if "doctor" in str(each.name)]
    assert parts.search("GET", "/indexes('photos')/docs/$count?api-version=2026-04-01").text.strip("\ufeff") == "0"


async def test_the_document_lists_the_checks(parts: Parts) -> None:
    result = await parts.examine(**image_model(parts))

    checks = [each.check for each in result.examination.findings] + ["API", "other fields"]
    document = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", document, re.MULTILINE)) == set(checks)


@pytest.mark.parametrize(
    ("family", "checks"),
    [
        ("gpt-5-mini", {"reasoning"}),
        ("gpt-5.6", {"tools"}),
        ("gpt-5-pro", {"API"}),
        ("ollama-gemma3", {"tools"}),
        ("mistral", {"usage", "token field", "reasoning", "other fields"}),
        ("deepseek-r1", {"JSON schema"}),
    ],
)
async def test_what_a_family_refuses_is_named_and_tried_round(parts: Parts, family: str, checks: set[str]) -> None:
    parts.models.http.post("/__options", json={"as": family}).raise_for_status()

    result = await parts.examine()

    assert result.worked_round() == checks
    assert result.examination.is_healthy
    if family in {"gpt-5.6", "ollama-gemma3", "mistral", "deepseek-r1"}:
        assert result.examination.limitations


async def test_other_settings_are_asked_as_the_app_would(parts: Parts) -> None:
    result = await parts.examine(HTTP_AUTH="key", CHAT_API="responses", TEMPERATURE="0.2", SEMANTIC_RANKER="off")

    assert {each.state for each in result.examination.findings} == {"works"}
    assert "without the semantic ranker" in result.find("search").detail


async def test_pictures_that_pass_through_the_app_have_their_secret(parts: Parts) -> None:
    result = await parts.examine(PICTURES="proxy")

    assert "signs their addresses with a secret of its own" in result.find("links").detail


async def test_the_dearest_model_costs_less_than_a_cent(parts: Parts) -> None:
    result = await parts.examine(CAPTION_MODEL="gpt-6-sol", CHAT_MODEL="gpt-6-sol")

    assert result.examination.is_healthy
    assert result.examination.cost is not None
    assert 0 < result.examination.cost < 0.01


@pytest.mark.parametrize(
    ("fault", "on", "missing"),
    [("refused", "vision", {"vision"}), ("malformed", "chat", {"JSON schema"}), ("empty", "embed", {"embedding"})],
)
async def test_an_answer_that_is_none_is_missing(parts: Parts, fault: str, on: str, missing: set[str]) -> None:
    await parts.examine()
    parts.models.inject_fault(fault, on)

    result = await parts.examine()

    assert result.missing() == missing


async def test_no_index_is_made_for_vectors_of_the_wrong_length(parts: Parts) -> None:
    parts.models.inject_fault("truncated", "embed")

    result = await parts.examine(AZURE_SEARCH_INDEX="never-made")

    assert "EMBEDDING_DIMENSIONS is 384" in result.find("embedding").detail
    assert "EMBEDDING_DIMENSIONS" in result.find("embedding").advice
    assert result.states("search") == {"not tried"}
    assert not parts.has_index("never-made")
    assert not result.examination.is_healthy


async def test_an_index_for_other_vectors_says_the_way_out(parts: Parts) -> None:
    definition = index_definition("other", 8)
    parts.search("PUT", "/indexes('other')?api-version=2026-04-01", definition).raise_for_status()

    result = await parts.examine(AZURE_SEARCH_INDEX="other")

    assert result.missing() == {"index"}
    assert "vectors have 8 numbers" in result.find("index").detail
    assert "AZURE_SEARCH_INDEX" in result.find("index").detail
    assert result.find("write").state == "not tried"


@pytest.mark.parametrize("key", ["wrong-key-of-a-test", QUERY_KEY])
async def test_a_key_that_search_refuses_is_named(parts: Parts, key: str) -> None:
    result = await parts.examine(AZURE_SEARCH_API_KEY=key)

    assert result.missing() == {"index"}
    assert result.find("index").advice.startswith("check AZURE_SEARCH_API_KEY")


async def test_a_right_to_search_without_one_to_write_is_noticed(parts: Parts) -> None:
    await parts.examine()
    parts.fail_search(match="docs/search.index", count=0, status=403, message="Forbidden")

    result = await parts.examine()

    assert result.missing() == {"write"}
    assert result.find("search").state == "works"


async def test_a_tier_without_the_semantic_ranker_is_worked_round(parts: Parts) -> None:
    await parts.examine()
    parts.fail_search(match="search.post.search", status=402, message="Semantic search is not enabled")

    result = await parts.examine()

    assert result.worked_round() == {"search"}
    assert "SEMANTIC_RANKER=off" in result.find("search").advice


async def test_a_model_that_does_not_exist_is_a_wrong_name(parts: Parts) -> None:
    result = await parts.examine(CHAT_MODEL="no-such-deployment")

    assert result.missing() == {"tools", "streaming"}
    assert "no-such-deployment" in result.find("tools").detail
    assert "deployment" in result.find("tools").advice
    assert result.find("usage").state == "not tried"


async def test_a_model_without_quota_says_where_it_comes_from(parts: Parts) -> None:
    parts.models.inject_fault("429", "vision")

    result = await parts.examine()

    assert result.missing() == {"vision"}
    assert "tokens per minute" in result.find("vision").advice


async def test_a_server_that_refuses_our_key_is_told_with_its_setting(parts: Parts) -> None:
    refusal = {"error": {"message": "ServiceAccess denied due to invalid subscription key", "code": "401"}}
    async with scripted_server(Answer(401, refusal)) as server:
        result = await parts.examine(OPENAI_BASE_URL=f"{server.url}/v1", OPENAI_API_KEY="a-wrong-key-of-a-test")

    assert result.states("models") == {"missing", "not tried"}
    assert result.find("server").advice.startswith("check OPENAI_API_KEY")


async def test_models_that_are_down_keep_nothing_else_from_being_looked_at(parts: Parts) -> None:
    await parts.examine()

    result = await parts.examine(OPENAI_BASE_URL=f"http://127.0.0.1:{free_port()}/v1")

    assert result.states("models") == {"missing", "not tried"}
    assert "OPENAI_BASE_URL" in result.find("server").advice
    assert all(result.states(each) == {"works"} for each in ("search", "storage", "queues"))


async def test_storage_that_refuses_our_key_is_told_with_its_setting(parts: Parts) -> None:
    wrong = parts.azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=Abcd")

    await parts.examine()  # makes the index, which nobody makes who cannot ask storage where the library is

    result = await parts.examine(PhotoStorage=wrong)

    assert result.missing() == {
        "containers",
        "originals",
        "catalogue",
        "visibility",
        "pictures",
        "reconcile",
        "queues",
        "messages",
    }
    assert result.find("pictures").advice.startswith("check PhotoStorage:")


@pytest.mark.parametrize(
    ("contents", "state", "words"),
    [
        ([], "works", "everybody who is let in sees every photo"),
        ([GRANT], "works", "1 rule is in force; documents still follow"),
        ([{"rules": [{"folder": "a", "see": ["anybody"]}]}], "missing", "only admins see photos: rule 1: 'anybody'"),
        (
            [GRANT, {"rules": [{"folder": 3, "see": []}]}],
            "missing",
            "the rules before it stay in force: rule 1",
        ),
    ],
)
async def test_rules_of_who_sees_what_are_looked_at(
    contents: list[Any], state: str, words: str, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(is_known=False))
    with BlobServiceClient.from_connection_string(parts.azurite.connection_string) as blobs:
        container = blobs.get_container_client("photo-settings")
        with suppress(ResourceExistsError):
            container.create_container()
        try:
            for each in contents or [None]:
                if each:
                    container.upload_blob("access.json", json.dumps(each), overwrite=True)
                clients = QuietServices(load(parts.settings))
                [finding] = await check_visibility(clients)
                await clients.close()
        finally:
            for blob in container.list_blobs("access.json"):
                container.delete_blob(blob.name)

    assert (finding.state, words in finding.detail) == (state, True), finding
    assert bool(finding.advice) is (state == "missing")


@pytest.mark.parametrize(
    ("record", "state", "words"),
    [
        (ReconcileRecord(), "works", "have not been compared as a whole yet"),
        (ReconcileRecord(current=ROUND), "works", "yet; they are being compared since"),
        (ReconcileRecord(last=ROUND), "works", "were last compared until"),
        (ReconcileRecord(last=replace(ROUND, ended_at="2026-01-01T00:00:00Z")), "worked round", "days ago"),
    ],
)
async def test_when_container_and_index_were_compared_is_told(
    record: ReconcileRecord, state: str, words: str, parts: Parts
) -> None:
    clients = QuietServices(load(parts.settings))
    async with clients.rounds.hold() as held:
        assert held
        await held.write(record)

    [finding] = await check_reconcile(clients)
    await clients.close()
    with BlobServiceClient.from_connection_string(parts.azurite.connection_string) as blobs:
        blobs.get_blob_client(reconcile_rounds.CONTAINER, reconcile_rounds.BLOB).delete_blob()

    assert (finding.state, words in finding.detail) == (state, True), finding
    assert bool(finding.advice) is (state != "works")


async def test_the_hosts_own_queues_are_not_needed(parts: Parts) -> None:
    wrong = parts.azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=Abcd")

    result = await parts.examine(AzureWebJobsStorage=wrong)

    assert result.worked_round() == {"host's queues"}
    assert "Storage Queue Data Reader" in result.find("host's queues").advice


# -- the command ----------------------------------------------------------------------------


@pytest.fixture
def environment(parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Parts:
    """A command line on these parts, without local settings."""
    for name, value in parts.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", tmp_path / "none.json")
    return parts


def test_the_command_ends_with_0_where_all_works(environment: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("all that is needed works\n")


def test_the_command_ends_with_1_where_something_is_missing(
    environment: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "model-key-of-a-test")
    monkeypatch.setenv("AZURE_SEARCH_API_KEY", "wrong-key-of-a-test")

    assert command.main(["doctor", "--json"]) == 1

    out, err = capsys.readouterr()
    assert not json.loads(out)["ok"]
    assert not any(key in out + err for key in ("model-key-of-a-test", "wrong-key-of-a-test", "AccountKey"))


def test_the_command_ends_with_2_where_settings_are_wrong(
    environment: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHAT_MODEL", "")

    assert command.main(["doctor"]) == 2
    assert "CHAT_MODEL is missing" in capsys.readouterr().err
