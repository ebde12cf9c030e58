"""
Brings the document of a photo in line with its edits.

Edits are the truth. So whoever writes a document looks afterwards whether they are still those that it has, and whoever
writes last sees the last ones. Each write takes all that follows from edits at once, with the values without them.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.edits import PhotoEdits, apply_edits, edited_fields, is_sound
from shared.embedded_text import text_to_embed
from shared.embedding_model import TextVector
from shared.errors import PhotoError, Transient
from shared.photo import Photo
from shared.stores.edits import Edits
from shared.stores.tickets import Ticket, TicketQueue

log = logging.getLogger(__name__)

ROUNDS = 20  # tries while others edit the same photo
Embed = Callable[[Sequence[str]], Awaitable[list[TextVector]]]


class Documents(Protocol):
    """What following takes of the index."""

    async def get(self, id_: str) -> Photo | None: ...

    async def merge(self, documents: Sequence[Mapping[str, Any]]) -> int: ...

    def words_of(self, photo: Photo) -> dict[str, Any]: ...


@dataclass(frozen=True)
class EditedDocuments:
    """
    The documents in the index, as edits change them; `embed` gives the vectors of texts.

    What can be searched by words is written first, then the vector, unless both are wanted `in_one_write`.
    """

    edits: Edits
    index: Documents
    tickets: TicketQueue
    embed: Embed
    in_one_write: bool = False

    async def follow(self, id_: str, start: tuple[Photo, PhotoEdits] | None = None) -> Photo | None:
        """
        Lay a photo's edits over its document, and embed its text again where that has changed.

        None if there is no document. Whoever has just read it and written its edits gives both as a `start`.
        """
        for _ in range(ROUNDS):
            photo = start[0] if start else await self.index.get(id_)
            if photo is None:
                return None
            if not is_sound(photo):
                return await self._read_again(photo)
            edits = start[1] if start else await self.edits.read(id_)
            start = None
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
        words = {"id": photo.id, **edited_fields(edited), **self.index.words_of(edited)}
        if is_embedded:
            await self.index.merge([words])
        elif self.in_one_write:
            await self.index.merge([words | await self._vector_or_words(edited, words)])
        else:
            await self._write_words(words)
            await self.index.merge([{"id": photo.id, **await self._vector(edited)}])
        return edited

    async def _write_words(self, words: Mapping[str, Any]) -> None:
        await self.index.merge([{**words, "embedded_text": ""}])  # until its vector is there

    async def _vector(self, edited: Photo) -> dict[str, Any]:
        [vector] = await self.embed([text_to_embed(edited)])
        return {**vector.fields, "embedded_text": edited.embedded_text}

    async def _vector_or_words(self, edited: Photo, words: Mapping[str, Any]) -> dict[str, Any]:
        """The vector; where there is none now, the words are written at least."""
        try:
            return await self._vector(edited)
        except PhotoError:
            await self._write_words(words)
            raise

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
