"""The vector of a text, made of its document alone where another embedding model is set."""

from typing import Any

from ingest.context import IngestContext
from ingest.versions import lacks_text_vector
from shared.embedded_text import text_digest, text_to_embed
from shared.photo import Photo


async def text_fields(photo: Photo, context: IngestContext) -> dict[str, Any]:
    """The fields of the text's vector that a document lacks, or has by another model."""
    if not lacks_text_vector(photo, context.vector_recipes):
        return {}
    if context.is_embedded(photo):  # by the last release, which did not say so
        return {"embedding_recipe": context.embedding_recipe}
    [vector] = await context.embed([text_to_embed(photo)])
    return {**vector.fields, "embedded_text": text_digest(photo)}
