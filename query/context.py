"""What answering questions needs."""

from dataclasses import dataclass
from functools import cache

from query.search.library import Library
from shared.models import Models
from shared.services import services
from shared.storage import Storage

SERVICE_MODEL = "photos"  # the name under which clients may ask for this service as a model


@dataclass(frozen=True)
class QueryContext:
    """One per process."""

    library: Library
    models: Models
    storage: Storage
    link_minutes: int

    @property
    def model_names(self) -> tuple[str, str]:
        """The model names a client may ask for: our own, and that of the model behind it."""
        return SERVICE_MODEL, self.models.chat_model


@cache
def query_context() -> QueryContext:
    """The context of this process."""
    app_services = services()
    library = Library(app_services.index, app_services.models, weight=app_services.settings.vector_weight)
    return QueryContext(library, app_services.models, app_services.storage, app_services.settings.link_minutes)
