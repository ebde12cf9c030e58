"""
Brings the document of a photo in line with its edits.

Edits are the truth. So whoever writes a document looks afterwards whether they are still those that it has, and whoever
writes last sees the last ones. Each write takes all that follows from edits at once, with the values without them.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.edits import PhotoEdits, apply_edits, edited_fields, is_sound
from shared.embedded_text import text_to_embed
from shared.errors import Transient
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.stores.edits import Edits
from shared.stores.tickets import Ticket, TicketQueue

log = logging.getLogger(__name__)

ROUNDS = 20  # tries while others edit the same photo
Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]


@dataclass(frozen=True)
class EditedDocuments:
    """The documents in the index, as edits change them; `embed` gives the vectors of texts."""

    edits: Edits
    index: PhotoIndex
    tickets: TicketQueue
    embed: Embed

    async def follow(self, id_: str) -> Photo | None:
        """
        Lay a photo's edits over its document, and embed its text again where that has changed.

        None if there is no document. What can be searched by words is written first, then the vector.
        """
        for _ in range(ROUNDS):
            photo = await self.index.get(id_)
            if photo is None:
                return None
            if not is_sound(photo):
                return await self._read_again(photo)
            edits = await self.edits.read(id_)
            edited = await self._write(photo, edits)
            if edited is photo or await self._is_settled(edited, edits):
                return edited
        raise Transient("others are editing this photo all the time: try again")

    async def _write(self, photo: Photo, edits: PhotoEdits) -> Photo:
        """The photo with its edits, in the index as well; the same object if it had them."""
        edited = apply_edits(photo, edits)
        if edited == photo:
            return photo
        is_embedded = edited.embedded_text == photo.embedded_text
        fields = edited_fields(edited) | ({} if is_embedded else {"embedded_text": ""})  # until its vector is there
        await self.index.merge([{"id": photo.id, **fields, **self.index.words_of(edited)}])
        if not is_embedded:
            [vector] = await self.embed([text_to_embed(edited)])
            await self.index.merge([{"id": photo.id, "vector": vector, "embedded_text": edited.embedded_text}])
        return edited

    async def _read_again(self, photo: Photo) -> Photo:
        log.info("a photo was edited while its file changed: reading it again")
        await self.tickets.send(Ticket(photo.path))
        return photo

    async def _is_settled(self, edited: Photo, edits: PhotoEdits) -> bool:
        """Whether the edits are still the last, once it is clear that they are of the file that is indexed."""
        current = await self.index.get(edited.id)
        if current and not is_sound(current):
            await self._read_again(current)
        return await self.edits.etag(edited.id) == edits.etag
