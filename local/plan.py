"""What to start, in which order, with which settings: decided before anything is started."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.ports import ADDRESS, Ports

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "local.settings.sample.json"
OURS = ROOT / "local.settings.json"
AZURITE = ROOT / "local" / "node_modules" / ".bin" / "azurite"
DEV_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class Part:
    """One process of the world; it is ready when `health` answers 2xx or 4xx."""

    name: str
    command: tuple[str, ...]
    ports: Mapping[str, int]
    health: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The parts in the order to start them, and the settings that are moved from what the file says."""

    parts: tuple[Part, ...]
    outside: tuple[str, ...]  # one line each about a service that is used instead of a stand-in


def first_settings() -> None:
    """On the first run the sample becomes the settings; after that they are the owner's."""
    if not OURS.exists():
        shutil.copyfile(SAMPLE, OURS)


def plan(ports: Ports, environment: Mapping[str, str], *, state: Path) -> Plan:
    """Stand-ins for all that the settings do not point elsewhere."""
    sample, chosen = _values(SAMPLE), {**_values(OURS), **environment}
    ours = {name: value for name, value in _addresses(ports).items() if chosen.get(name, "") == sample[name]}
    parts = []
    if {"AzureWebJobsStorage", "PhotoStorage"} & ours.keys():
        parts.append(_azurite(ports, state))
    if "AZURE_SEARCH_ENDPOINT" in ours:
        parts.append(_search(ports, state, chosen["AZURE_SEARCH_API_KEY"]))
    if "OPENAI_BASE_URL" in ours:
        parts.append(_models(ports))
    outside = [f"{name} is {chosen[name]}" for name in ("AZURE_SEARCH_ENDPOINT", "OPENAI_BASE_URL") if name not in ours]
    return Plan((*parts, _host(ports, ours)), tuple(outside))


def _values(path: Path) -> dict[str, str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["Values"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"{path.name} cannot be read: {error}. Mend it, or delete it to start from the sample"
        ) from None
    return {name: str(value) for name, value in values.items()}


def _addresses(ports: Ports) -> dict[str, str]:
    """The settings that name an address, as they are with these ports."""
    storage = (
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={DEV_KEY};"
        f"BlobEndpoint=http://{ADDRESS}:{ports.blobs}/devstoreaccount1;"
        f"QueueEndpoint=http://{ADDRESS}:{ports.queues}/devstoreaccount1;"
    )
    return {
        "AzureWebJobsStorage": storage,
        "PhotoStorage": storage,
        "AZURE_SEARCH_ENDPOINT": f"http://{ADDRESS}:{ports.search}",
        "OPENAI_BASE_URL": f"http://{ADDRESS}:{ports.models}/v1",
    }


def _azurite(ports: Ports, state: Path) -> Part:
    options = ["--skipApiVersionCheck", "--disableTelemetry", "--silent", "--location", str(state / "azurite")]
    listen = ["--blobPort", str(ports.blobs), "--queuePort", str(ports.queues), "--tablePort", "0"]
    return Part(
        "blobs and queues (Azurite)",
        (str(AZURITE), *options, *listen),
        {"BLOB_PORT": ports.blobs, "QUEUE_PORT": ports.queues},
        f"http://{ADDRESS}:{ports.queues}/devstoreaccount1?comp=list",
        {},
    )


def _search(ports: Ports, state: Path, key: str) -> Part:
    data = str(state / "search")
    return Part(
        "search",
        (sys.executable, "-m", "local.search", "--port", str(ports.search), "--data", data, "--key", key),
        {"SEARCH_PORT": ports.search},
        f"http://{ADDRESS}:{ports.search}/__health",
        {},
    )


def _models(ports: Ports) -> Part:
    return Part(
        "models",
        (sys.executable, "-m", "local.models", "--port", str(ports.models)),
        {"MODELS_PORT": ports.models},
        f"http://{ADDRESS}:{ports.models}/__health",
        {},
    )


def _host(ports: Ports, settings: Mapping[str, str]) -> Part:
    return Part(
        "the app",
        (sys.executable, "-m", "local.host", str(ROOT), "--port", str(ports.app)),
        {"PORT": ports.app},
        f"http://{ADDRESS}:{ports.app}/admin/host/status",
        settings,
    )
