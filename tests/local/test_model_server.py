"""`make run MODELS=ollama`: the stand-in, in the place of each server, is asked for its models."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.model_server import AvailableModel, ModelServer, ModelServerError, model_settings, ollama_url
from local.settings_file import SAMPLE_SETTINGS_FILE
from tests.local.models.stand_in import ModelStandIn, running_stand_in
from tests.machine import free_port

SAMPLE: dict[str, str] = json.loads(SAMPLE_SETTINGS_FILE.read_text(encoding="utf-8"))["Values"]
# The stand-in's models have the names of the sample, so that the sample of these tests names others.
OTHER_NAMES = SAMPLE | {"CAPTION_MODEL": "a", "CHAT_MODEL": "b", "EMBEDDING_MODEL": "c", "EMBEDDING_DIMENSIONS": "7"}


@pytest.fixture(scope="module")
def running() -> Iterator[ModelStandIn]:
    with running_stand_in("--fast") as stand_in:
        yield stand_in


def serve_as(running: ModelStandIn, family: str) -> None:
    running.http.post("/__options", json={"as": family}).raise_for_status()


def found(models: str, **current: str) -> tuple[dict[str, str], list[str]]:
    """The settings for a server, and what was said meanwhile."""
    lines: list[str] = []
    return model_settings(models, OTHER_NAMES | current, OTHER_NAMES, lines.append), lines


def test_ollama_is_found_and_its_models_chosen(running: ModelStandIn) -> None:
    serve_as(running, "ollama")

    settings, lines = found("ollama", OLLAMA_HOST=running.url.removeprefix("http://"))

    assert settings == {
        "OPENAI_BASE_URL": f"{running.url}/v1",
        "CAPTION_MODEL": "stand-in-vision",
        "CHAT_MODEL": "stand-in-vision",
        "EMBEDDING_MODEL": "stand-in-embedding",
        "EMBEDDING_DIMENSIONS": "384",
        "AZURE_SEARCH_INDEX": "photos-stand-in-embedding",
    }
    assert lines == [
        "stand-in-vision sees pictures",
        "stand-in-vision chats; stand-in-chat could, too: CHAT_MODEL chooses",
        "stand-in-embedding embeds text; stand-in-embedding-small could, too: EMBEDDING_MODEL chooses",
    ]


@pytest.mark.parametrize("family", ["lm-studio", "vllm"])
def test_other_servers_are_asked_in_their_own_words(family: str, running: ModelStandIn) -> None:
    serve_as(running, family)

    settings, _ = found(f"{running.url}/v1/")

    assert settings["CAPTION_MODEL"] == "stand-in-vision"
    assert settings["EMBEDDING_MODEL"] == "stand-in-embedding"
    assert settings["EMBEDDING_DIMENSIONS"] == "384"


def test_what_somebody_chose_stays(running: ModelStandIn) -> None:
    serve_as(running, "ollama")

    settings, _ = found(
        f"{running.url}/v1", CHAT_MODEL="mine", EMBEDDING_DIMENSIONS="384", AZURE_SEARCH_INDEX="my-photos"
    )

    assert settings.keys() == {"OPENAI_BASE_URL", "CAPTION_MODEL", "EMBEDDING_MODEL"}


def test_a_server_whose_models_are_all_named_is_not_asked() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"

    assert found(url, CAPTION_MODEL="x", CHAT_MODEL="y", EMBEDDING_MODEL="z")[0] == {"OPENAI_BASE_URL": url}


def test_without_ollama_it_says_where_it_looked() -> None:
    port = free_port()

    with pytest.raises(ModelServerError, match=f"no Ollama answers at http://127.0.0.1:{port}/v1: start it, or"):
        found("ollama", OLLAMA_HOST=f":{port}")


def test_a_server_that_cannot_be_asked_is_left_to_the_settings() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"

    assert found(url)[0] == {"OPENAI_BASE_URL": url}


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ([AvailableModel("qwen3", calls_tools=True)], "has no model that sees pictures: ollama pull qwen3-vl:8b"),
        ([AvailableModel("llava", sees=True)], "has no model that embeds text: ollama pull embeddinggemma"),
        ([], "has no model that sees pictures"),
    ],
)
def test_a_missing_model_is_named_with_the_command(
    models: list[AvailableModel], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ModelServer("Ollama", "http://x/v1", tuple(models))
    monkeypatch.setattr("local.model_server._find_server", lambda url: server)

    with pytest.raises(ModelServerError, match=message):
        found("ollama")


def test_a_model_that_calls_tools_chats_before_one_that_does_not() -> None:
    models: Any = [
        AvailableModel("a", sees=True),
        AvailableModel("b", calls_tools=True),
        AvailableModel("e", embeds=True),
    ]

    assert ModelServer("Ollama", "", tuple(models)).candidates("CHAT_MODEL") == ["b", "a"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - not to listen on
        ("192.0.2.7", "http://192.0.2.7:11434"),
        ("192.0.2.7:8080", "http://192.0.2.7:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("http://ollama.example:8080/", "http://ollama.example:8080"),
        ("https://ollama.example", "https://ollama.example:443"),
        ("http://ollama.example", "http://ollama.example:80"),
        ("[::]:8080", "http://127.0.0.1:8080"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert ollama_url({"OLLAMA_HOST": host} if host else {}) == url


@pytest.mark.parametrize("path", ["/api/tags", "/api/v0/models"])
def test_only_the_server_that_has_a_list_answers_it(path: str, running: ModelStandIn) -> None:
    serve_as(running, "gpt-4o")

    assert running.http.get(path).status_code == 404
