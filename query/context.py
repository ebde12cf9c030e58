"""All that answering works with."""

from dataclasses import dataclass
from functools import cache

from query.search.library import Library
from shared.models import Models
from shared.services import services
from shared.storage import Storage

SERVICE_MODEL = "photos"  # the name under which clients may ask for this service


@dataclass(frozen=True)
class QueryContext:
    """One for each process."""

    library: Library
    models: Models
    storage: Storage
    link_minutes: int

    @property
    def model_names(self) -> tuple[str, str]:
        """The names a client may ask for: the service's own, and that of the model behind it."""
        return SERVICE_MODEL, self.models.chat_model


@cache
def query_context() -> QueryContext:
    """The context of this process."""
    wired = services()
    library = Library(wired.index, wired.models, weight=wired.settings.vector_weight)
    return QueryContext(library, wired.models, wired.storage, wired.settings.link_minutes)
