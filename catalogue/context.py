"""What the catalogue works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol

from shared import telemetry
from shared.edited_documents import EditedDocuments
from shared.edits import PhotoEdits
from shared.embedding_model import TextVector, embedding_of
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.services import services
from shared.stores.edits import Edits
from shared.stores.tickets import TicketQueue

if TYPE_CHECKING:
    from shared.models import Models


class EditingContext(Protocol):
    """What editing takes: a photo and its edits to `read`, both stores, and the documents that follow."""

    @property
    def edits(self) -> Edits: ...

    @property
    def refresh_tickets(self) -> TicketQueue: ...

    @property
    def documents(self) -> EditedDocuments: ...

    async def read(self, id_: str) -> tuple[Photo | None, PhotoEdits]: ...


@dataclass
class CatalogueContext:
    """There is one in each process."""

    edits: Edits
    index: PhotoIndex
    models: "Models"
    tickets: TicketQueue
    refresh_tickets: TicketQueue

    @cached_property
    def documents(self) -> EditedDocuments:
        """What brings documents in line with edits."""
        return EditedDocuments(self.edits, self.index, self.tickets, self.embed)

    async def read(self, id_: str) -> tuple[Photo | None, PhotoEdits]:
        """A photo as it is indexed, and its edits, which its document may not have yet; none where it is not."""
        photo = await self.index.get(id_)
        return photo, await self.edits.read(id_) if photo else PhotoEdits(id=id_)

    async def embed(self, texts: Sequence[str]) -> list[TextVector]:
        """The vectors of texts."""
        recipe = embedding_of(self.models).recipe
        with telemetry.spending_for("embedding"):
            return [TextVector(each, recipe) for each in await self.models.embed(texts)]


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
