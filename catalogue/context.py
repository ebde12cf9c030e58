"""What the catalogue works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from shared import telemetry
from shared.edited_documents import EditedDocuments
from shared.models import Models
from shared.search.index import PhotoIndex
from shared.services import services
from shared.stores.edits import Edits
from shared.stores.tickets import TicketQueue


@dataclass
class CatalogueContext:
    """There is one in each process."""

    edits: Edits
    index: PhotoIndex
    models: Models
    tickets: TicketQueue
    refresh_tickets: TicketQueue

    @cached_property
    def documents(self) -> EditedDocuments:
        """What brings documents in line with edits."""
        return EditedDocuments(self.edits, self.index, self.tickets, self._embed)

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        with telemetry.spending_for("embedding"):
            return await self.models.embed(texts)


@cache
def catalogue_context() -> CatalogueContext:
    """The context of this process."""
    clients = services()
    return CatalogueContext(
        edits=clients.edits,
        index=clients.index,
        models=clients.models,
        tickets=clients.tickets,
        refresh_tickets=clients.refresh_tickets,
    )
