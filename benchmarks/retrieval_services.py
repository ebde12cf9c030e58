"""The services behind the retrieval benchmark: the stand-ins or real ones, with an index that is deleted at the end."""

import argparse
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path

from azure.core.credentials import AzureKeyCredential
from azure.identity.aio import DefaultAzureCredential
from azure.search.documents.indexes.aio import SearchIndexClient

from query.search.calibrator import Calibrator
from query.search.library import Library
from shared.azd_environment import add_azd_option, load_settings
from shared.errors import SettingsError
from shared.search.index import PhotoIndex
from shared.services import Services
from shared.settings import load
from shared.stores.index_record import IndexRecordStore
from shared.stores.usage import UsageLedger
from tests.machine import Azurite, free_port
from tests.world import KEY, Process, python, settings

DATA = Path(__file__).with_name("data")
SCRATCH = "evaluation-"  # how the names of indexes begin that are made here, and deleted
# What settings say of a service that is named, so that they must not say it of a stand-in.
SEARCH_SETTINGS = ("AZURE_SEARCH_ENDPOINT", "AZURE_SEARCH_API_KEY", "AZURE_CLOUD", "AZURE_CLIENT_ID")
MODEL_SETTINGS = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS", "MODEL_TOKEN_SCOPE")


def add_service_options(options: argparse.ArgumentParser) -> None:
    """The options that name real services. Keys come from the environment: a list of processes would show options."""
    group = options.add_argument_group("services in place of the stand-ins")
    group.add_argument("--search", metavar="URL", help="a search service; its key is in AZURE_SEARCH_API_KEY")
    group.add_argument("--models", metavar="URL", help="an OpenAI endpoint; its key is in OPENAI_API_KEY")
    group.add_argument("--embedding-model", metavar="NAME", help="the model there, or its deployment")
    group.add_argument("--dimensions", metavar="N", help="how many dimensions its vectors have")
    group.add_argument("--configured", action="store_true", help="both, as local.settings.json or --azd name them")
    add_azd_option(group)  # type: ignore[arg-type]  # a group takes arguments as a parser does


@contextmanager
def running_services(arguments: argparse.Namespace, folder: Path) -> Iterator[dict[str, str]]:
    """The app settings that lead to what was named, and to stand-ins for what was not."""
    named = named_settings(arguments)
    with ExitStack() as stack:
        search = named.get("AZURE_SEARCH_ENDPOINT") or stack.enter_context(stand_in_for_search(folder))
        models = named.get("OPENAI_BASE_URL") or stack.enter_context(stand_in_for_models(folder))
        yield settings(Azurite(folder), models, search) | named


@contextmanager
def running_parts(folder: Path) -> Iterator[dict[str, str]]:
    """The stand-ins for both, and the app settings that lead there."""
    with stand_in_for_search(folder) as search, stand_in_for_models(folder) as models:
        yield settings(Azurite(folder), models, search)


def named_settings(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings of the services that were named; SettingsError where one lacks what it needs."""
    configured = arguments.configured or getattr(arguments, "azd", False)
    if configured:
        load_settings(arguments)
    options = {
        "AZURE_SEARCH_ENDPOINT": arguments.search,
        "OPENAI_BASE_URL": arguments.models,
        "EMBEDDING_MODEL": arguments.embedding_model,
        "EMBEDDING_DIMENSIONS": arguments.dimensions,
    }
    given = {**os.environ, **{name: value for name, value in options.items() if value}}
    named: dict[str, str] = {}
    if configured or arguments.search:
        named |= {name: given.get(name, "") for name in SEARCH_SETTINGS}
    if configured or arguments.models:
        named |= {name: given.get(name, "") for name in MODEL_SETTINGS}
    elif arguments.embedding_model or arguments.dimensions:
        raise SettingsError("--embedding-model and --dimensions belong to --models URL")
    needed = [name for name in ("AZURE_SEARCH_ENDPOINT", *MODEL_SETTINGS[2:4]) if name in named and not named[name]]
    if needed:
        raise SettingsError(f"{' and '.join(needed)} must be set, by options or in the environment")
    return named


@contextmanager
def stand_in_for_search(folder: Path) -> Iterator[str]:
    """The address of a search stand-in."""
    url = f"http://127.0.0.1:{free_port()}"
    command = python("local.search", "--port", url.rpartition(":")[2], "--data", str(folder / "index"))
    with _running(Process("search", command, f"{url}/__health", folder, {"SEARCH_KEY": KEY})):
        yield url


@contextmanager
def stand_in_for_models(folder: Path) -> Iterator[str]:
    """The address of a model stand-in."""
    url = f"http://127.0.0.1:{free_port()}"
    command = python("local.models", "--port", url.rpartition(":")[2])
    with _running(Process("models", command, f"{url}/__health", folder)):
        yield url


@contextmanager
def _running(process: Process) -> Iterator[None]:
    try:
        process.start()
        yield
    finally:
        process.stop()


@asynccontextmanager
async def scratch_index(environment: Mapping[str, str]) -> AsyncIterator[dict[str, str]]:
    """The settings with an index that nobody else has; it is deleted at the end, whatever happens."""
    name = f"{SCRATCH}{secrets.token_hex(6)}"
    scratch = {**environment, "AZURE_SEARCH_INDEX": name}
    try:
        yield scratch
    finally:
        await delete_index(scratch)
        print(f"deleted the index {name}", file=sys.stderr)


async def delete_index(environment: Mapping[str, str]) -> None:
    """Delete the index of these settings, if it was made here."""
    app = load(environment)
    if not app.search_index.startswith(SCRATCH):
        raise ValueError(f"{app.search_index} is not an index of this benchmark")
    credential = AzureKeyCredential(app.search_key.get_secret_value()) if app.search_key else DefaultAzureCredential()
    async with SearchIndexClient(app.search_endpoint, credential, audience=app.cloud.search_audience) as indexes:
        await indexes.delete_index(app.search_index)
    if isinstance(credential, DefaultAzureCredential):
        await credential.close()


@asynccontextmanager
async def opened(environment: Mapping[str, str]) -> AsyncIterator[Services]:
    """The services of these settings."""
    services = UnmovedServices(load(environment))
    try:
        yield services
    finally:
        await services.close()


class SettingsRecord(IndexRecordStore):
    """Where there may be no storage: the settings say which index it is."""

    async def read(self) -> tuple[None, None]:
        return None, None


class NoLedger(UsageLedger):
    """Where there may be no storage, what models took is not written down."""

    async def write(self) -> None:
        self._unwritten.clear()


class UnmovedServices(Services):
    """The services, with the index and the model that the settings name."""

    @cached_property
    def usage(self) -> UsageLedger:
        return NoLedger(self._accounts[0], prices=self.settings.prices)

    @cached_property
    def index_record(self) -> IndexRecordStore:
        return SettingsRecord(self._accounts[0], configured=super().index_record.configured)


class ReadOnlyIndex(PhotoIndex):
    """An index that is somebody else's: it is searched, and neither created nor changed."""

    @classmethod
    def of(cls, index: PhotoIndex) -> "ReadOnlyIndex":
        """The same index, by the same clients."""
        other = cls.__new__(cls)
        vars(other).update(vars(index))
        return other

    async def ready(self) -> None:
        if not await self.exists():
            raise SettingsError(f"there is no index {self._name}")


class ReadOnlyServices(UnmovedServices):
    """The services of a library that people use."""

    @cached_property
    def index(self) -> PhotoIndex:
        return ReadOnlyIndex.of(self.live_index.at(self.index_record.configured))


class NoRecords:
    """Where no calibration is kept."""

    async def read(self) -> None:
        return None

    async def write(self, record: bytes) -> None:
        pass


async def library_of(services: Services) -> Library:
    """The library as the app searches it, once it has measured what similarity means there."""
    settings = services.settings
    calibrator = Calibrator(services.index, services.models, NoRecords(), language=settings.caption_language)
    await calibrator.renew()
    return Library(
        services.index,
        services.models,
        weight=settings.vector_weight,
        calibrator=calibrator,
        azure_ranks=settings.searches_azure,
    )
