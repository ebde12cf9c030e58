"""
How servers are asked for the vector of a picture, and for that of a text in the same space.

Two formats. `foundry` is that of Azure AI Model Inference, at `/images/embeddings` and, for texts, `/embeddings`:
https://learn.microsoft.com/azure/machine-learning/reference-model-inference-images-embeddings (the present
api-version: https://learn.microsoft.com/azure/ai-foundry/model-inference/how-to/use-image-embeddings).
`vision` is Azure Vision's, at `retrieval:vectorizeImage` and `retrieval:vectorizeText`:
https://learn.microsoft.com/azure/ai-services/computer-vision/how-to/image-retrieval (api-version 2024-02-01).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.model_reply import TokenUsage

ImageApi = Literal["foundry", "vision"]
VISION_DIMENSIONS = 1024  # of all its models
VISION_WORDS = 70  # the most of a text; more are refused
TEXT_SECONDS = 5.0  # a search goes on without


@dataclass(frozen=True)
class VectorRequest:
    """A POST: a body of JSON or, with `content`, the bytes of a picture."""

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    seconds: float = 60.0  # for sending it and getting the answer


@dataclass(frozen=True)
class FoundryFormat:
    """
    Azure AI Model Inference, which Foundry speaks for Cohere's and others' models.

    A model that embeds pictures only answers 404 to texts: "Modality not supported by the model".
    """

    model: str
    dimensions: int

    query = {"api-version": "2024-05-01-preview"}  # noqa: RUF012 - never changed

    def headers(self, key: str | None) -> dict[str, str | None]:
        """Those of a key, besides `Authorization: Bearer`: some of Foundry's endpoints read one, some the other."""
        return {"api-key": key} if key else {}

    def image(self, jpeg: bytes) -> VectorRequest:
        """For a picture."""
        url = f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
        return VectorRequest("/images/embeddings", {**self._options, "input": [{"image": url}]})

    def text(self, text: str) -> VectorRequest:
        """For the words of a search."""
        return VectorRequest(
            "/embeddings", {**self._options, "input": [text], "input_type": "query"}, seconds=TEXT_SECONDS
        )

    @property
    def _options(self) -> dict[str, Any]:
        return {"model": self.model, "dimensions": self.dimensions, "encoding_format": "float"}

    def read(self, answer: Any) -> tuple[list[float], TokenUsage]:
        """The vector, and the tokens it took; KeyError, IndexError or TypeError where the answer is of another form."""
        usage = answer.get("usage") or {}
        return answer["data"][0]["embedding"], TokenUsage(usage.get("prompt_tokens") or 0)


@dataclass(frozen=True)
class VisionFormat:
    """Azure Vision's multimodal embeddings. Its models are named by their versions, and count no tokens."""

    model: str
    dimensions: int = VISION_DIMENSIONS

    @property
    def query(self) -> dict[str, str]:
        return {"api-version": "2024-02-01", "model-version": self.model}

    def headers(self, key: str | None) -> dict[str, str | None]:
        """Those of a key, which takes the place of `Authorization`."""
        return {"Ocp-Apim-Subscription-Key": key, "Authorization": None} if key else {}

    def image(self, jpeg: bytes) -> VectorRequest:
        """For a picture, whose bytes are the body."""
        return VectorRequest("/computervision/retrieval:vectorizeImage", content=jpeg)

    def text(self, text: str) -> VectorRequest:
        """For the words of a search; the service takes 70."""
        words = " ".join(text.split()[:VISION_WORDS])
        return VectorRequest("/computervision/retrieval:vectorizeText", {"text": words}, seconds=TEXT_SECONDS)

    def read(self, answer: Any) -> tuple[list[float], TokenUsage]:
        """The vector; KeyError or TypeError where the answer is of another form."""
        return answer["vector"], TokenUsage()


ImageFormat = FoundryFormat | VisionFormat


def image_format(api: ImageApi, model: str, dimensions: int) -> ImageFormat:
    """The format of a server, with the model to ask."""
    return VisionFormat(model) if api == "vision" else FoundryFormat(model, dimensions)
