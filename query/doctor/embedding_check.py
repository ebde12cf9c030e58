"""The check of the embedding model: vectors of the right length, in the order of their texts."""

import math
from collections.abc import Sequence

from query.doctor.checks import Finding
from shared.models import Models

TEXTS = ("a dog on a beach", "an invoice with a table of prices", "snow on a mountain at night")
ALONE = 1  # the place of the text that is embedded once more by itself
NOT_AN_EMBEDDING = "choose an EMBEDDING_MODEL whose vectors say what a text is about"
Vector = Sequence[float]


async def check_embedding(models: Models) -> list[Finding]:
    """The length is checked by the client, which raises what is wrong."""
    batch = await models.embed(TEXTS)
    [alone] = await models.embed([TEXTS[ALONE]])
    return [judge(batch, alone)]


def judge(batch: Sequence[Vector], alone: Vector) -> Finding:
    """What the vectors of the texts and that of one by itself say of the model and its server."""
    if len(batch) != len(TEXTS):
        return Finding(f"{len(batch)} vectors came back for {len(TEXTS)} texts", "missing", NOT_AN_EMBEDDING)
    if not all(any(vector) and all(map(math.isfinite, vector)) for vector in (*batch, alone)):
        return Finding("some vectors are zero or no numbers", "missing", NOT_AN_EMBEDDING)
    likeness = [cosine(vector, alone) for vector in batch]
    if max(likeness) - min(likeness) < 1e-6:
        return Finding("other texts have the same vector", "missing", NOT_AN_EMBEDDING)
    if likeness.index(max(likeness)) != ALONE:
        detail = "the vectors of several texts come in another order than the texts, or of one text differ"
        return Finding(detail, "missing", "update the server, or use another")
    return Finding(f"vectors of {len(alone):,} numbers, in the order of the texts")


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors, neither of which is zero."""
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))
