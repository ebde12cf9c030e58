"""Which models a server on this machine has, and which of them describe, chat and embed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

INDEX = "photos"  # the default of AZURE_SEARCH_INDEX, whose vectors are those of the stand-in
LIST_TIMEOUT = 5.0
LOAD_TIMEOUT = 300.0  # the first embedding waits until the model is in memory
NAMES = ("CAPTION_MODEL", "CHAT_MODEL", "EMBEDDING_MODEL")
PULL = {"CAPTION_MODEL": "qwen3-vl:8b", "CHAT_MODEL": "qwen3:8b", "EMBEDDING_MODEL": "embeddinggemma"}
WORK = {"CAPTION_MODEL": "sees pictures", "CHAT_MODEL": "chats", "EMBEDDING_MODEL": "embeds text"}


class ModelServerError(Exception):
    """The server does not answer, or lacks a model; the message says what to do."""


@dataclass(frozen=True)
class AvailableModel:
    """A model as its server describes it."""

    name: str
    sees: bool = False
    calls_tools: bool = False
    embeds: bool = False


@dataclass(frozen=True)
class ModelServer:
    """A server, by the address that its OpenAI-compatible paths begin with, and what it has."""

    kind: str
    url: str
    models: tuple[AvailableModel, ...]

    def candidates(self, setting: str) -> list[str]:
        """The names of the models fit for a setting, the best first; a server lists the latest first."""
        if setting == "EMBEDDING_MODEL":
            return [each.name for each in self.models if each.embeds]
        talking = [each for each in self.models if not each.embeds]
        if setting == "CAPTION_MODEL":
            return [each.name for each in talking if each.sees]
        return [each.name for each in sorted(talking, key=lambda each: not each.calls_tools)]


def ollama_url(environment: Mapping[str, str]) -> str:
    """Where Ollama listens by OLLAMA_HOST, which may lack scheme or port, or name every address of the machine."""
    host = environment.get("OLLAMA_HOST", "").strip()
    scheme, _, rest = host.rpartition("://")
    port = re.search(r":(\d+)/?$", rest)
    name = rest[: port.start()] if port else rest.rstrip("/")
    default_port = {"http": "80", "https": "443"}.get(scheme, "11434")
    address = "127.0.0.1" if name in {"", "0.0.0.0", "[::]"} else name  # noqa: S104 - not to listen on
    return f"{scheme or 'http'}://{address}:{port[1] if port else default_port}"


def model_settings(
    models: str, current: Mapping[str, str], sample: Mapping[str, str], say: Callable[[str], None]
) -> dict[str, str]:
    """
    The settings by which the app uses a server's models: `models` is "ollama" or a URL.

    What differs from the sample's settings was chosen by somebody and stays.
    """
    url = f"{ollama_url(current)}/v1" if models == "ollama" else models.rstrip("/")
    settings = {"OPENAI_BASE_URL": url}
    open_names = [name for name in NAMES if current.get(name, "") == sample[name]]
    if not open_names:
        return settings
    server = _find_server(url)
    if server is None:
        if models == "ollama":
            raise ModelServerError(f"no Ollama answers at {url}: start it, or say where it is with OLLAMA_HOST")
        return settings
    for name in open_names:
        settings[name] = _choose(server, name, say)
    if "EMBEDDING_MODEL" in settings:
        settings |= _embedding_settings(server, settings["EMBEDDING_MODEL"], current, sample)
    return settings


def _choose(server: ModelServer, setting: str, say: Callable[[str], None]) -> str:
    candidates = server.candidates(setting)
    if not candidates:
        way_out = f"ollama pull {PULL[setting]}" if server.kind == "Ollama" else f"load one, or set {setting}"
        raise ModelServerError(f"{server.kind} at {server.url} has no model that {WORK[setting]}: {way_out}")
    chosen, *others = candidates
    rest = f"; {', '.join(others[:5])} could, too: {setting} chooses" if others else ""
    say(f"{chosen} {WORK[setting]}{rest}")
    return chosen


def _embedding_settings(
    server: ModelServer, model: str, current: Mapping[str, str], sample: Mapping[str, str]
) -> dict[str, str]:
    """The length of the model's vectors, and an index of its own, as vectors of different models don't compare."""
    settings = {}
    if current.get("EMBEDDING_DIMENSIONS", "") == sample["EMBEDDING_DIMENSIONS"]:
        answer = _post(f"{server.url}/embeddings", {"model": model, "input": "a photo"}, LOAD_TIMEOUT)
        settings["EMBEDDING_DIMENSIONS"] = str(len(answer["data"][0]["embedding"]))
    if current.get("AZURE_SEARCH_INDEX") in {None, "", INDEX}:
        slug = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
        settings["AZURE_SEARCH_INDEX"] = f"{INDEX}-{slug}"[:128].rstrip("-")
    return settings


def _find_server(url: str) -> ModelServer | None:
    """The server at an address, asked in its own words where it has some; None if it has no list for us."""
    root = url.removesuffix("/v1")
    for ask in (_ask_ollama, _ask_lm_studio, _ask_any):
        try:
            return ask(root, url)
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            continue
    return None


def _ask_ollama(root: str, url: str) -> ModelServer:
    names = [str(each["name"]) for each in _get(f"{root}/api/tags")["models"]]
    models = []
    for name in names:
        capabilities = _post(f"{root}/api/show", {"model": name}, LIST_TIMEOUT)["capabilities"]
        models.append(
            AvailableModel(name, "vision" in capabilities, "tools" in capabilities, "embedding" in capabilities)
        )
    return ModelServer("Ollama", url, tuple(models))


def _ask_lm_studio(root: str, url: str) -> ModelServer:
    models = [
        AvailableModel(str(each["id"]), sees=each["type"] == "vlm", embeds=each["type"] == "embeddings")
        for each in _get(f"{root}/api/v0/models")["data"]
    ]
    return ModelServer("LM Studio", url, tuple(models))


def _ask_any(root: str, url: str) -> ModelServer:
    """A server such as vLLM, which tells names alone: those with `embed` embed, and any other is taken to see."""
    names = [str(each["id"]) for each in _get(f"{url}/models")["data"]]
    models = [AvailableModel(name, sees="embed" not in name, embeds="embed" in name) for name in names]
    return ModelServer("the server", url, tuple(models))


def _get(url: str) -> Any:
    with httpx.Client(timeout=LIST_TIMEOUT, trust_env=False) as client:
        return client.get(url).raise_for_status().json()


def _post(url: str, body: Mapping[str, Any], timeout: float) -> Any:
    with httpx.Client(timeout=timeout, trust_env=False) as client:
        return client.post(url, json=body).raise_for_status().json()
