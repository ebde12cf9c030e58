"""What the settings of the image model must say together."""

from collections.abc import Iterator, Mapping

VISION_DIMENSIONS = "1024"  # of all models of Azure Vision


def image_model_faults(values: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the settings named IMAGE_EMBEDDING_..., a sentence each; nothing where no model is named."""
    if "IMAGE_EMBEDDING_MODEL" not in values:
        return
    if "IMAGE_EMBEDDING_ENDPOINT" not in values:
        yield (
            "IMAGE_EMBEDDING_ENDPOINT is missing: set it to the address of the server of IMAGE_EMBEDDING_MODEL, "
            "such as https://NAME.services.ai.azure.com/models, or remove IMAGE_EMBEDDING_MODEL"
        )
    dimensions = values.get("IMAGE_EMBEDDING_DIMENSIONS", VISION_DIMENSIONS)
    if values.get("IMAGE_EMBEDDING_API") == "vision" and dimensions != VISION_DIMENSIONS:
        yield f"IMAGE_EMBEDDING_DIMENSIONS: the vectors of Azure Vision have {VISION_DIMENSIONS} numbers"
