"""The vector of a picture itself, made of its preview where an image model is set, and once for the same bytes."""

import logging
from dataclasses import replace
from typing import Any

from ingest.context import IngestContext
from shared import telemetry
from shared.errors import BadRequest, NotFound
from shared.log_text import error_label, photo_label
from shared.photo import Photo

log = logging.getLogger(__name__)


async def with_image_vector(photo: Photo, preview: bytes, context: IngestContext) -> Photo:
    """The document with the vector of its picture; as it is without an image model."""
    if context.image_model is None:
        return photo
    vector = await _vector(photo, preview, context)
    return replace(photo, image_vector=vector, image_recipe=context.image_recipe)


async def image_fields(photo: Photo, context: IngestContext) -> dict[str, Any] | None:
    """
    The fields of the picture's vector that a document lacks, or has by another model.

    None where the preview is gone, and the original has to be read.
    """
    if context.image_recipe in {"", photo.image_recipe}:
        return {}
    try:
        preview = await context.storage.read_preview(photo.id)
    except NotFound:
        return None
    return fields_of(await _vector(photo, preview, context), context)


def fields_of(vector: list[float], context: IngestContext) -> dict[str, Any]:
    """These fields as an index takes them, which has no vectors without numbers."""
    return {"image_vector": vector or None, "image_recipe": context.image_recipe}


async def _vector(photo: Photo, preview: bytes, context: IngestContext) -> list[float]:
    """That of the same bytes here or elsewhere, or a new one; empty where the model refuses the picture."""
    copy = await context.index.find_image_vector(photo.digest, context.image_recipe)
    return copy or await _embed(photo, preview, context)


async def _embed(photo: Photo, preview: bytes, context: IngestContext) -> list[float]:
    assert context.image_model  # its recipe is not empty
    model = context.image_model
    try:
        with telemetry.spending_for("image_embedding"):
            return await context.image_throttle.call(lambda: model.embed_image(preview))
    except BadRequest as error:  # search by words does without, so this is no reason to fail
        log.warning("indexed %s without a vector of its picture: %s", photo_label(photo.path), error_label(error))
        return []
