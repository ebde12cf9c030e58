"""Makes the document of a photo: described, with what people wrote, and embedded."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ingest.caption_once import caption_once
from ingest.companions import PhotoFiles
from ingest.context import IngestContext
from ingest.describe import Description
from ingest.document import build_document, description_of, hints, hints_for_all
from ingest.image import Image
from ingest.image_vector import with_image_vector
from shared.access.in_force import grants
from shared.edits import apply_edits
from shared.embedded_text import text_to_embed
from shared.embedding_model import TextVector
from shared.errors import PhotoError
from shared.photo import Photo


async def describe_file(
    original: PhotoFiles, digest: str, image: Image, context: IngestContext
) -> tuple[Description, bool]:
    """The description of a file with its sidecars, and whether it was kept before; it is paid for once."""
    return await caption_once(
        digest,
        image.preview,
        hints(original.name, image),
        context,
        path=original.name,
        hints_for_all=hints_for_all(image, has_sidecars=bool(original.sidecar_digest)),
    )


async def make_document(
    original: PhotoFiles, digest: str, image: Image, kept: Photo | None, context: IngestContext
) -> Photo:
    """Describe and embed; the description, with its recipe, stays that of the document that is `kept`, if any is."""
    recipe = kept.recipe if kept else context.recipe  # before the fields can change
    if kept:
        description, is_reused = description_of(kept), True
    else:
        description, is_reused = await describe_file(original, digest, image, context)
    document = build_document(
        original, digest, image, description, recipe=recipe, sidecar_digest=original.sidecar_digest
    )
    edits, collections = await asyncio.gather(
        context.edits.read(document.id), context.collections.of_photo(document.id)
    )
    photo = apply_edits(document, edits)
    photo = replace(photo, collections=collections, **grants(photo.path, collections))
    copied = await _vector_of_copy(photo, context) if is_reused else None
    vector = copied or await context.embed_one(text_to_embed(photo))
    embedded = replace(photo, vector=vector.values, embedding_recipe=vector.recipe)
    return await with_image_vector(embedded, image.preview, context)


@contextmanager
def naming_bytes(digest: str) -> Iterator[None]:
    """Let an error name the bytes, so that their description can be deleted with a photo that never was indexed."""
    try:
        yield
    except PhotoError as error:
        error.digest = digest
        raise


async def _vector_of_copy(photo: Photo, context: IngestContext) -> TextVector | None:
    """The vector of these bytes that is indexed, here or of a copy elsewhere, if it is of the same text and model."""
    recipe = context.embedding_recipe
    copy = await context.index.find_copy(photo.digest, photo.embedded_text, is_embedded=context.is_embedded)
    if copy is None or not copy.vector:
        return None
    # The library may have moved to another model meanwhile: the copy knows best which made its vector.
    return TextVector(copy.vector, copy.embedding_recipe or recipe)
