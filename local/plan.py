"""What to start, in which order and with which settings: decided before anything is started."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local import settings_file
from local.network import is_open, listening_address, network_settings
from local.ports import ADDRESS, ServicePorts
from local.settings_file import read_values

ROOT = Path(__file__).parent.parent
EVERYBODY = "the page and every client ask for one"
AZURITE_HOOKS = tuple(ROOT / "local" / f"azurite_{name}.js" for name in ("guard", "removals", "batches"))
PEOPLE = ROOT / "local" / "people.json"
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
    """The stand-ins and then the app, a line about each service used instead of one, and the settings they move."""

    processes: tuple[ProcessPlan, ...]
    external_services: tuple[str, ...]
    addresses: Mapping[str, str]


def make_plan(ports: ServicePorts, environment: Mapping[str, str], *, state: Path) -> StartupPlan:
    """A stand-in for every service whose address is still the sample's; the others are used as they are."""
    sample, settings = sample_and_current_settings(environment)
    addresses = _stand_in_addresses(ports)
    stand_ins = {name: value for name, value in addresses.items() if settings.get(name, "") == sample[name]}
    moved = dict(stand_ins)
    processes = []
    if {"AzureWebJobsStorage", "PhotoStorage"} & moved.keys():
        processes.append(_azurite(ports, state))
    if "AZURE_SEARCH_ENDPOINT" in moved:
        processes.append(_search(ports, state, settings["AZURE_SEARCH_API_KEY"]))
    if {"OPENAI_BASE_URL", "IMAGE_EMBEDDING_ENDPOINT"} & moved.keys():
        processes.append(_models(ports))
    external = [name for name in ("AZURE_SEARCH_ENDPOINT", "OPENAI_BASE_URL") if name not in moved]
    address = listening_address(environment)
    asks_who = settings.get("HTTP_AUTH") in {"key", "platform"}
    has_host_keys = environment.get("FUNCTION_KEYS") or is_open(address) or asks_who  # else its own endpoints were open
    options: tuple[str, ...] = ("--secrets", str(_secrets(state))) if has_host_keys else ()
    if is_open(address):
        options += ("--address", address)
        moved |= network_settings(address, settings) | _with_own_key(settings, state)
    if settings.get("HTTP_AUTH") == "platform":
        options += ("--people", settings.get("PEOPLE_FILE") or str(PEOPLE))
        moved |= _with_own_key(settings, state)
    processes.append(_host(ports, moved, options))
    shown = tuple(f"{name} is {_shown(settings[name])}" for name in external)
    return StartupPlan(tuple(processes), shown, stand_ins)


def sample_and_current_settings(environment: Mapping[str, str]) -> tuple[Mapping[str, str], dict[str, str]]:
    """The sample's settings, and those in force: of the owner's file and, before it, of the environment."""
    sample = read_values(settings_file.SAMPLE_SETTINGS_FILE)
    return sample, {**read_values(settings_file.SETTINGS_FILE), **environment}


def app_key(environment: Mapping[str, str], state: Path) -> str:
    """A key that opens the app, if it asks for one: of the host, or the first of API_KEYS that may do everything."""
    _, settings = sample_and_current_settings(environment)
    is_network = is_open(listening_address(environment))
    if is_network or settings.get("HTTP_AUTH") in {"key", "platform"}:
        own = _own_key(state) if is_network or settings["HTTP_AUTH"] == "platform" else ""
        return _full_key(settings) or own
    if not environment.get("FUNCTION_KEYS"):
        return ""
    content = json.loads((_secrets(state) / "host.json").read_text(encoding="utf-8"))
    return str(content["functionKeys"][0]["value"])


def key_advice(environment: Mapping[str, str], state: Path) -> str:
    """Where to get a key, if the app asks for one."""
    _, settings = sample_and_current_settings(environment)
    if settings.get("HTTP_AUTH") in {"key", "platform"}:
        who = "programs need one, and people sign in" if settings["HTTP_AUTH"] == "platform" else EVERYBODY
        return f".venv/bin/python -m web keys make NAME --role admin   ({who})"
    if environment.get("FUNCTION_KEYS"):
        return f"{_secrets(state) / 'host.json'}   ({EVERYBODY})"
    return ""


def _full_key(settings: Mapping[str, str]) -> str:
    """The first of API_KEYS that may do everything."""
    keys = [each.strip().split(":", 2) for each in settings.get("API_KEYS", "").split(",")]
    return next((parts[2] for parts in keys if len(parts) == 3 and parts[1] in {"full", "admin"}), "")


def _with_own_key(settings: Mapping[str, str], state: Path) -> dict[str, str]:
    """The keys of the app, and one for whatever starts it: nobody has signed in when the samples are uploaded."""
    if _full_key(settings):
        return {}
    keys = [settings.get("API_KEYS", ""), f"this-machine:admin:{_own_key(state)}"]
    return {"API_KEYS": ", ".join(filter(None, keys))}


def _own_key(state: Path) -> str:
    """A key that is made once, and can be read by its owner only."""
    file = state / "own-key"
    if not file.exists():
        state.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(40))
    return file.read_text(encoding="utf-8")


def _secrets(state: Path) -> Path:
    return state / "function-keys"


def _shown(url: str) -> str:
    """An address without what may be secret in it: user and password, and the query."""
    scheme, _, rest = url.partition("?")[0].rpartition("://")
    address, slash, path = rest.partition("/")
    return f"{scheme}://{address.rpartition('@')[2]}{slash}{path}"


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
        "IMAGE_EMBEDDING_ENDPOINT": f"http://{ADDRESS}:{ports.models}/models",
    }


def _azurite(ports: ServicePorts, state: Path) -> ProcessPlan:
    options = ["--skipApiVersionCheck", "--disableTelemetry", "--silent", "--location", str(state / "azurite")]
    port_options = ["--blobPort", str(ports.blobs), "--queuePort", str(ports.queues), "--tablePort", "0"]
    hooks = [word for module in AZURITE_HOOKS for word in ("--require", str(module))]
    return ProcessPlan(
        "blobs and queues (Azurite)",
        ("node", *hooks, str(AZURITE), *options, *port_options),
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


def _host(ports: ServicePorts, settings: Mapping[str, str], options: tuple[str, ...]) -> ProcessPlan:
    return ProcessPlan(
        "the app",
        (sys.executable, "-m", "local.host", str(ROOT), "--port", str(ports.app), *options),
        {"PORT": ports.app},
        f"http://{ADDRESS}:{ports.app}/admin/host/status",
        settings,
    )
