"""What answering questions needs."""

from dataclasses import dataclass
from functools import cache

from query.chat.budget import ChatLimits, reserved_cost
from query.chat.proposals import Proposer
from query.search.calibrator import Calibrator
from query.search.image_vectors import ImageVectors
from query.search.library import Library
from shared.languages import ENGLISH, describe_language
from shared.models import Models
from shared.prompt_text import PromptText, untrusted_line
from shared.services import Services, services
from shared.storage import Storage
from shared.stores.budget import DayBudget
from shared.stores.spending import SpendingCounter

SERVICE_MODEL = "photos"  # the name under which clients may ask for this service as a model


@dataclass(frozen=True)
class QueryContext:
    """One per process."""

    library: Library
    models: Models
    storage: Storage
    link_minutes: int
    spending: SpendingCounter
    limits: ChatLimits
    caption_language: str = ENGLISH
    budget: DayBudget | None = None
    answer_cost: float = 0.0  # of an answer that takes as much as is reserved of its caller's tokens
    proposer: Proposer | None = None  # of the caller of one request, who may change what is proposed

    @property
    def model_names(self) -> tuple[str, str]:
        """The model names a client may ask for: our own, and that of the model behind it."""
        return SERVICE_MODEL, self.models.chat_model

    @property
    def language(self) -> PromptText:
        """The language of captions, for a model: `German`."""
        return untrusted_line(describe_language(self.caption_language), 80)


def query_library(clients: Services) -> Library:
    """The library of these services."""
    settings = clients.settings
    return Library(
        clients.index,
        clients.models,
        weight=settings.vector_weight,
        calibrator=Calibrator(clients.index, clients.models, clients.calibrations, language=settings.caption_language),
        azure_ranks=settings.searches_azure,
        images=ImageVectors(clients.image_model),
        collections=clients.collections,
    )


@cache
def query_context() -> QueryContext:
    """The context of this process."""
    clients = services()
    settings = clients.settings
    return QueryContext(
        query_library(clients),
        clients.models,
        clients.storage,
        settings.link_minutes,
        clients.spending,
        ChatLimits.of(settings),
        settings.caption_language,
        clients.budget,
        reserved_cost(settings.prices.of(settings.chat_model)),
    )
