"""What to start, in which order and with which settings: decided before anything is started."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.ports import ADDRESS, ServicePorts

ROOT = Path(__file__).parent.parent
SAMPLE_SETTINGS_FILE = ROOT / "local.settings.sample.json"
SETTINGS_FILE = ROOT / "local.settings.json"
AZURITE = ROOT / "local" / "node_modules" / ".bin" / "azurite"
# The well-known key of every storage emulator: public, the same on all machines.
EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class ProcessPlan:
    """One process to start; it is ready once `health_url` answers with a status below 500."""

    name: str
    command: tuple[str, ...]
    ports: Mapping[str, int]
    health_url: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class StartupPlan:
    """The stand-ins and then the app, and one line about each service used instead of a stand-in."""

    processes: tuple[ProcessPlan, ...]
    external_services: tuple[str, ...]


def create_settings_file() -> None:
    """Copy the sample to local.settings.json on the first run; after that, the file is the owner's."""
    if not SETTINGS_FILE.exists():
        shutil.copyfile(SAMPLE_SETTINGS_FILE, SETTINGS_FILE)


def make_plan(ports: ServicePorts, environment: Mapping[str, str], *, state: Path) -> StartupPlan:
    """A stand-in for every service whose address is still the sample's; the others are used as they are."""
    sample = _read_values(SAMPLE_SETTINGS_FILE)
    settings = {**_read_values(SETTINGS_FILE), **environment}
    addresses = _stand_in_addresses(ports)
    moved = {name: value for name, value in addresses.items() if settings.get(name, "") == sample[name]}
    processes = []
    if {"AzureWebJobsStorage", "PhotoStorage"} & moved.keys():
        processes.append(_azurite(ports, state))
    if "AZURE_SEARCH_ENDPOINT" in moved:
        processes.append(_search(ports, state, settings["AZURE_SEARCH_API_KEY"]))
    if "OPENAI_BASE_URL" in moved:
        processes.append(_models(ports))
    external = [name for name in ("AZURE_SEARCH_ENDPOINT", "OPENAI_BASE_URL") if name not in moved]
    return StartupPlan((*processes, _host(ports, moved)), tuple(f"{name} is {settings[name]}" for name in external))


def _read_values(path: Path) -> dict[str, str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["Values"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"{path.name} cannot be read: {error}. Fix it, or delete it to start from the sample"
        ) from None
    return {name: str(value) for name, value in values.items()}


def _stand_in_addresses(ports: ServicePorts) -> dict[str, str]:
    """The settings that hold an address, with the values they have for these ports."""
    storage = (
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={EMULATOR_KEY};"
        f"BlobEndpoint=http://{ADDRESS}:{ports.blobs}/devstoreaccount1;"
        f"QueueEndpoint=http://{ADDRESS}:{ports.queues}/devstoreaccount1;"
    )
    return {
        "AzureWebJobsStorage": storage,
        "PhotoStorage": storage,
        "AZURE_SEARCH_ENDPOINT": f"http://{ADDRESS}:{ports.search}",
        "OPENAI_BASE_URL": f"http://{ADDRESS}:{ports.models}/v1",
    }


def _azurite(ports: ServicePorts, state: Path) -> ProcessPlan:
    options = ["--skipApiVersionCheck", "--disableTelemetry", "--silent", "--location", str(state / "azurite")]
    port_options = ["--blobPort", str(ports.blobs), "--queuePort", str(ports.queues), "--tablePort", "0"]
    return ProcessPlan(
        "blobs and queues (Azurite)",
        (str(AZURITE), *options, *port_options),
        {"BLOB_PORT": ports.blobs, "QUEUE_PORT": ports.queues},
        f"http://{ADDRESS}:{ports.queues}/devstoreaccount1?comp=list",
        {},
    )


def _search(ports: ServicePorts, state: Path, key: str) -> ProcessPlan:
    data = str(state / "search")
    return ProcessPlan(
        "search",
        (sys.executable, "-m", "local.search", "--port", str(ports.search), "--data", data),
        {"SEARCH_PORT": ports.search},
        f"http://{ADDRESS}:{ports.search}/__health",
        {"SEARCH_KEY": key},  # command lines are there for all to see
    )


def _models(ports: ServicePorts) -> ProcessPlan:
    return ProcessPlan(
        "models",
        (sys.executable, "-m", "local.models", "--port", str(ports.models)),
        {"MODELS_PORT": ports.models},
        f"http://{ADDRESS}:{ports.models}/__health",
        {},
    )


def _host(ports: ServicePorts, settings: Mapping[str, str]) -> ProcessPlan:
    return ProcessPlan(
        "the app",
        (sys.executable, "-m", "local.host", str(ROOT), "--port", str(ports.app)),
        {"PORT": ports.app},
        f"http://{ADDRESS}:{ports.app}/admin/host/status",
        settings,
    )
