"""What makes the vectors of texts, and what tells whose a vector is."""

import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class EmbeddingModel:
    """A model by the name its server knows, and how many numbers its vectors have."""

    name: str
    dimensions: int

    @property
    def recipe(self) -> str:
        """What documents have that it embedded, 12 hex digits: no vector of another recipe compares with theirs."""
        return hashlib.sha256(f"{self.name}\0{self.dimensions}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class TextVector:
    """The vector of a text, and the recipe of what made it."""

    values: list[float]
    recipe: str

    @property
    def fields(self) -> dict[str, object]:
        """It as fields of a document."""
        return {"vector": self.values, "embedding_recipe": self.recipe}


class EmbeddingModels(Protocol):
    """What tells which embedding model there is."""

    @property
    def embedding_model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...


def embedding_of(models: EmbeddingModels) -> EmbeddingModel:
    """The embedding model of these models."""
    return EmbeddingModel(models.embedding_model, models.dimensions)
