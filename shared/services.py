"""The wiring: each client is built once, on first use."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from azure.core.credentials import AzureKeyCredential
from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from shared import storage, telemetry
from shared.azure_errors import translated_errors
from shared.catalogue.definition import Catalogue
from shared.embedded_index import EmbeddedIndex
from shared.embedding_model import EmbeddingModel
from shared.errors import PhotoError, SettingsError
from shared.identities import Identity, app_identity, connection_identity
from shared.log_text import error_label
from shared.redaction import redact_logs
from shared.search import index as search_index
from shared.search.index import PhotoIndex
from shared.search.live_index import LiveIndex
from shared.settings import Settings, load
from shared.storage import Storage
from shared.stores.api_keys import ApiKeyStore
from shared.stores.audit import AuditLog
from shared.stores.budget import DayBudget
from shared.stores.calibrations import Calibrations
from shared.stores.caption_batches import CaptionBatches
from shared.stores.catalogue import CatalogueStore
from shared.stores.collections import Collections
from shared.stores.descriptions import Descriptions
from shared.stores.edits import Edits
from shared.stores.exports import Exports
from shared.stores.failures import FailureRecords
from shared.stores.feedback import FeedbackLog
from shared.stores.host_queues import HostQueues
from shared.stores.index_record import IndexRecordStore
from shared.stores.jobs import JobQueue, Jobs
from shared.stores.limitations import Limitations
from shared.stores.link_secrets import LinkSecrets
from shared.stores.moves import Moves
from shared.stores.proposals import Proposals
from shared.stores.queue_probe import QueueProbe
from shared.stores.reconcile_rounds import ReconcileRounds
from shared.stores.shares import Shares
from shared.stores.spending import SpendingCounter
from shared.stores.tickets import REFRESH, UPLOADS, TicketQueue
from shared.stores.trash import Trash
from shared.stores.usage import UsageLedger

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from shared.models import Models
    from shared.models.batches import ModelBatches
    from shared.models.image_embeddings import ImageModel

log = logging.getLogger(__name__)

MODEL_TIMEOUT = 120.0  # seconds; a reasoning model thinks for a while before its first word
# These log every request, which costs time and hides what matters, and some with the words that somebody looks for.
for name in ("httpx", "httpx2", "uvicorn.access", "azure.core.pipeline.policies.http_logging_policy", "azure.identity"):
    logging.getLogger(name).setLevel(logging.WARNING)
redact_logs()  # here, because whatever uses a key imports this module first


@dataclass
class Services:
    """Every service the app talks to. Nothing is contacted before it is used."""

    settings: Settings

    @cached_property
    def storage(self) -> Storage:
        return Storage(self._accounts[0], container=self.settings.container)

    @cached_property
    def tickets(self) -> TicketQueue:
        return TicketQueue(self._accounts[1])

    @cached_property
    def upload_tickets(self) -> TicketQueue:
        return TicketQueue(self._accounts[1], name=UPLOADS)

    @cached_property
    def refresh_tickets(self) -> TicketQueue:
        return TicketQueue(self._accounts[1], name=REFRESH)

    @cached_property
    def queue_probe(self) -> QueueProbe:
        return QueueProbe(self._accounts[1])

    @cached_property
    def host_queues(self) -> HostQueues:
        return HostQueues(self._host_account, container=self.settings.container)

    @cached_property
    def failures(self) -> FailureRecords:
        return FailureRecords(self._accounts[0], uploader=self.storage.uploader)

    @cached_property
    def spending(self) -> SpendingCounter:
        return SpendingCounter(self._accounts[0])

    @cached_property
    def usage(self) -> UsageLedger:
        return UsageLedger(self._accounts[0], prices=self.settings.prices, spent=self.budget.spend)

    @cached_property
    def budget(self) -> DayBudget:
        return DayBudget(self._accounts[0], limit=self.settings.budget_per_day, prices=self.settings.prices)

    @cached_property
    def api_keys(self) -> ApiKeyStore:
        return ApiKeyStore(self._accounts[0])

    @cached_property
    def link_secrets(self) -> LinkSecrets:
        return LinkSecrets(self._accounts[0])

    @cached_property
    def limitations(self) -> Limitations:
        return Limitations(self._accounts[0])

    @cached_property
    def feedback(self) -> FeedbackLog:
        return FeedbackLog(self._accounts[0])

    @cached_property
    def calibrations(self) -> Calibrations:
        return Calibrations(self._accounts[0])

    @cached_property
    def descriptions(self) -> Descriptions:
        return Descriptions(self._accounts[0])

    @cached_property
    def caption_batches(self) -> CaptionBatches:
        return CaptionBatches(self._accounts[0])

    @cached_property
    def rounds(self) -> ReconcileRounds:
        return ReconcileRounds(self._accounts[0])

    @cached_property
    def edits(self) -> Edits:
        return Edits(self._accounts[0])

    @cached_property
    def moves(self) -> Moves:
        return Moves(self._accounts[0])

    @cached_property
    def trash(self) -> Trash:
        return Trash(self._accounts[0])

    @cached_property
    def catalogue(self) -> CatalogueStore:
        return CatalogueStore(self._accounts[0], address=self.settings.catalogue, adopt=self._adopt_fields)

    async def _adopt_fields(self, new: Catalogue) -> None:
        await self.index.adopt(new)

    @cached_property
    def collections(self) -> Collections:
        return Collections(self._accounts[0])

    @cached_property
    def proposals(self) -> Proposals:
        return Proposals(self._accounts[0])

    @cached_property
    def shares(self) -> Shares:
        return Shares(self._accounts[0])

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self._accounts[0])

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self._accounts[0])

    @cached_property
    def exports(self) -> Exports:
        return Exports(self._accounts[0])

    @cached_property
    def job_queue(self) -> JobQueue:
        return JobQueue(self._accounts[1])

    @cached_property
    def _accounts(self) -> tuple[BlobServiceClient, QueueServiceClient]:
        settings = self.settings
        if settings.photo_storage is None:
            blobs, queues = settings.photo_storage_blobs, settings.photo_storage_queues
            assert blobs  # `load` checks that both are set
            assert queues
            return (
                BlobServiceClient(blobs, self._photo_identity, **storage.RETRY_OPTIONS, **client_options(blobs)),
                QueueServiceClient(queues, self._photo_identity, **storage.RETRY_OPTIONS, **client_options(queues)),
            )
        connection = settings.photo_storage.get_secret_value()
        try:
            blobs = BlobServiceClient.from_connection_string(connection).url
            queues = QueueServiceClient.from_connection_string(connection).url
            return (
                BlobServiceClient.from_connection_string(connection, **storage.RETRY_OPTIONS, **client_options(blobs)),
                QueueServiceClient.from_connection_string(
                    connection, **storage.RETRY_OPTIONS, **client_options(queues)
                ),
            )
        except ValueError as error:
            raise SettingsError(f"PhotoStorage is not a connection string: {error}") from error

    @cached_property
    def _host_account(self) -> QueueServiceClient | None:
        """The account that the Functions host uses for itself; None where the settings do not tell."""
        settings = self.settings
        if url := settings.host_queue_url:
            return QueueServiceClient(url, self._host_identity, **storage.RETRY_OPTIONS, **client_options(url))
        if settings.host_storage is None:
            return None
        connection = settings.host_storage.get_secret_value()
        try:
            url = QueueServiceClient.from_connection_string(connection).url
            return QueueServiceClient.from_connection_string(connection, **storage.RETRY_OPTIONS, **client_options(url))
        except ValueError as error:  # the host itself would not have started
            log.warning("AzureWebJobsStorage is not a connection string: %s", error_label(error))
            return None

    @cached_property
    def _model_client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI  # noqa: PLC0415 - takes half of what a command of the catalogue takes to start

        from shared.models.token_limit import note_token_limit  # noqa: PLC0415 - likewise
        from shared.models.wire import http_client  # noqa: PLC0415

        settings = self.settings
        key: Any = settings.openai_key.get_secret_value() if settings.openai_key else None
        return AsyncOpenAI(
            base_url=settings.openai_url,
            api_key=key or self._model_token(),
            timeout=MODEL_TIMEOUT,
            http_client=http_client(note_token_limit),
            max_retries=0,  # tickets are tried again later; a person in a chat would rather know at once
        )

    @cached_property
    def model_batches(self) -> "ModelBatches":
        """Batches of captions. Those that were ordered are taken whichever BATCH_MODEL there is by now."""
        from shared.models.batches import ModelBatches  # noqa: PLC0415

        return ModelBatches(self._model_client, base_url=self.settings.openai_url)

    @cached_property
    def models(self) -> "Models":
        from shared.models import Models  # noqa: PLC0415

        settings = self.settings
        return Models(
            self._model_client,
            caption=settings.caption_model,
            chat=settings.chat_model,
            embedding=settings.embedding_model,
            dimensions=settings.embedding_dimensions,
            effort=settings.reasoning_effort,
            caption_effort=settings.caption_reasoning_effort,
            api=settings.chat_api,
            report_loss=self._report_loss,
            current_embedding=lambda: self.index_record.in_use.embedding,
            ledger=self.usage,
        )

    @cached_property
    def image_model(self) -> "ImageModel | None":
        """The model that embeds pictures; None where IMAGE_EMBEDDING_MODEL names none, and then nothing is imported."""
        settings = self.settings
        if not (settings.image_model and settings.image_endpoint):
            return None
        from shared.models.image_embeddings import ImageModel  # noqa: PLC0415
        from shared.models.image_formats import image_format  # noqa: PLC0415

        return ImageModel(
            settings.image_endpoint,
            image_format(settings.image_api, settings.image_model, settings.image_dimensions),
            key=settings.image_key.get_secret_value() if settings.image_key else None,
            token=None if settings.image_key else self._model_token(),
            ledger=self.usage,
        )

    async def _report_loss(self, key: str, loss: str) -> None:
        """Let other instances know what a model cannot do; it is no reason to fail."""
        try:
            await self.limitations.add(key, loss)
        except PhotoError as error:
            log.warning("could not keep a limitation: %s", error_label(error))

    @cached_property
    def index_record(self) -> IndexRecordStore:
        settings = self.settings
        embedding = EmbeddingModel(settings.embedding_model, settings.embedding_dimensions)
        return IndexRecordStore(self._accounts[0], configured=EmbeddedIndex(settings.search_index, embedding))

    @cached_property
    def index(self) -> PhotoIndex:
        return self.live_index

    @cached_property
    def live_index(self) -> LiveIndex:
        """The same, which also gives each index that it consists of while the library moves."""
        return LiveIndex(self.index_record, self._open_index)

    def _open_index(self, index: EmbeddedIndex) -> PhotoIndex:
        async def is_live() -> bool:
            return (await self.index_record.now()).live == index

        settings = self.settings
        key: Any = AzureKeyCredential(settings.search_key.get_secret_value()) if settings.search_key else self._identity
        options: Any = {**search_index.RETRY_OPTIONS, **client_options(settings.search_endpoint)}
        options["audience"] = settings.cloud.search_audience
        return PhotoIndex(
            SearchClient(settings.search_endpoint, index.name, key, **options),
            SearchIndexClient(settings.search_endpoint, key, **options),
            name=index.name,
            dimensions=index.embedding.dimensions,
            may_create=is_live,
            semantic=settings.semantic_ranker,
            language=settings.caption_language,
            image_dimensions=settings.image_dimensions if settings.image_model else 0,
            compression=settings.vector_compression,
            count_ranking=self.usage.add_ranking,
        )

    def _model_token(self) -> Callable[[], Awaitable[str]]:
        """What gets a token for the models' server, kept while it is valid; Outage where the identity gets none."""
        provider = get_bearer_token_provider(self._identity, self.settings.model_scope)

        async def token() -> str:
            async with translated_errors("the identity of the app"):
                return await provider()

        return token

    async def close(self) -> None:
        """Close every connection; for commands, which end. A function app keeps them as long as its process lives."""
        created = vars(self)
        for name in ("usage", "budget", "spending"):
            if name in created:
                await created[name].close()
        telemetry.close()
        if "_accounts" in created:
            for account in self._accounts:
                await account.close()
        for name in (
            "_host_account",
            "live_index",
            "models",
            "image_model",
            "_identity",
            "_photo_identity",
            "_host_identity",
        ):
            if created.get(name):
                await created[name].close()

    @cached_property
    def _identity(self) -> DefaultAzureCredential:
        return app_identity(self.settings)

    @cached_property
    def _photo_identity(self) -> Identity:
        settings = self.settings
        return connection_identity(settings, settings.photo_credential, settings.photo_client_id) or self._identity

    @cached_property
    def _host_identity(self) -> Identity:
        settings = self.settings
        return connection_identity(settings, settings.host_credential, settings.host_client_id) or self._identity


def client_options(url: str) -> dict[str, Any]:
    """
    Options for a client of Azure: the proxy that the environment names for this address, if any.

    By default aiohttp looks at the environment and a .netrc before every request, which takes
    two turns in the thread pool that also decodes photos.
    """
    parts = urlsplit(url)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    return {"use_env_settings": False, "proxies": {parts.scheme: proxy} if proxy else None}


@cache
def services() -> Services:
    """The services of this process; SettingsError names every app setting that is wrong."""
    return Services(load())
