"""The check of the model that embeds pictures: vectors that say what is in them, and whether it embeds texts, too."""

import math
from base64 import b64decode
from typing import TYPE_CHECKING

from query.doctor.checks import Finding
from query.doctor.embedding_check import cosine

if TYPE_CHECKING:
    from shared.models.image_embeddings import ImageModel

NOT_AN_EMBEDDING = "choose an IMAGE_EMBEDDING_MODEL whose vectors say what a picture shows"
# A black and white chessboard of 96 pixels, as JPEG.
CHESSBOARD = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62r"
    "Z4C8ybqmx5moq6T/wAALCABgAGABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAAAAcG/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAA"
    "PwDMgpgJmCmAmYKYCZgpgJmCmAmYKYACZgpgJmCmAmYKYCZgpgJmCmAmYAKYCZgpgJmCmAmYKYCZgpgJmCmAAmYKYCZgpgJmCmAmYKYC"
    "ZgpgJmD/2Q=="
)


async def check_image_embedding(model: "ImageModel", picture: bytes) -> list[Finding]:
    """The length is checked by the client, which raises what is wrong."""
    vectors = [await model.embed_image(each) for each in (picture, CHESSBOARD)]
    if not all(any(vector) and all(map(math.isfinite, vector)) for vector in vectors):
        return [Finding("some vectors are zero or no numbers", "missing", NOT_AN_EMBEDDING)]
    if cosine(*vectors) > 1 - 1e-6:
        return [Finding("other pictures have the same vector", "missing", NOT_AN_EMBEDDING)]
    length = f"vectors of {len(vectors[0]):,} numbers"
    if await model.embed_text("a chessboard") is None:
        return [Finding(f"{length}, of pictures alone: words are not compared with them")]
    return [Finding(f"{length}, of pictures and of texts")]
