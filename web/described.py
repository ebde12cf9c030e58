"""What an export says of photos in XMP, with the model that described them where that is known."""

from catalogue.export.xmp.properties import Property, properties_of
from ingest.context import ingest_context
from shared.photo import Photo


def described(photo: Photo) -> list[Property]:
    """The properties of a photo."""
    return properties_of(photo, model=model_of(photo.recipe))


def model_of(recipe: str) -> str:
    """The model that described photos of this recipe; empty where it is not the one of today."""
    context = ingest_context()
    return context.models.caption_model if context.is_current(recipe) else ""
