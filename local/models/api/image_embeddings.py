"""
The wire formats of image embeddings: requests, answers and errors of Foundry's inference API and of Azure Vision.

Foundry's: https://learn.microsoft.com/azure/machine-learning/reference-model-inference-images-embeddings
Azure Vision's: https://learn.microsoft.com/azure/ai-services/computer-vision/how-to/image-retrieval, and its errors:
https://learn.microsoft.com/rest/api/computervision/image-retrieval/vectorize-image
"""

import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from local.models.api.errors import ApiError
from local.models.api.requests import StrictRequestModel

PATCHES = 81  # places of the network's last feature map: 9 x 9
VISION_MODELS = ("2023-04-15", "2022-04-11", "latest")
MAX_VISION_WORDS = 70
MAX_VISION_BYTES = 20_000_000
VISION_SIDES = range(11, 16_000)  # more than 10 pixels, less than 16,000


class ImageInput(StrictRequestModel):
    """One picture as a data URL, and a text for models that take both."""

    image: str
    text: str | None = None


class FoundryRequest(StrictRequestModel):
    """What the two routes have in common."""

    model: str
    dimensions: int | None = None
    encoding_format: Literal["base64", "binary", "float", "int8", "ubinary", "uint8"] = "float"
    input_type: Literal["text", "query", "document"] | None = None


class FoundryImageRequest(FoundryRequest):
    """The body of `POST /images/embeddings`."""

    input: list[ImageInput] = Field(min_length=1)


class FoundryTextRequest(FoundryRequest):
    """The body of `POST /embeddings`."""

    input: list[str] = Field(min_length=1)


class VisionTextRequest(StrictRequestModel):
    """The body of `POST /computervision/retrieval:vectorizeText`."""

    text: str


def embedding_list(model: str, vectors: Sequence[Any], tokens: int, patches: int = 0) -> dict[str, Any]:
    """The answer of both routes of Foundry."""
    data = [{"index": index, "object": "embedding", "embedding": vector} for index, vector in enumerate(vectors)]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    if patches:
        usage |= {"prompt_patches": patches, "total_patches": patches}
    return {"object": "list", "model": model, "data": data, "usage": usage}


def modality_not_supported() -> ApiError:
    """Foundry's 404 for a route that is of no use with this model."""
    message = (
        "Modality not supported by the model. Check the documentation of the model to see which routes are available."
    )
    return ApiError(404, message, whole_body={"error": "Not Found", "message": message, "status": 404})


def unprocessable(field: str, value: object, message: str) -> ApiError:
    """Foundry's 422 for a field that the model does not support."""
    detail = {"loc": ["body", field], "value": str(value)}
    body = {"code": "Unprocessable Content", "detail": detail, "error": "Unprocessable Content", "status": 422}
    return ApiError(422, message, param=field, whole_body={**body, "message": message})


def vision_error(message: str, inner: str, *, code: str = "InvalidRequest", status: int = 400) -> ApiError:
    """An error of Azure Vision."""
    inner_error = {"code": inner, "message": message}
    return ApiError(
        status, message, whole_body={"error": {"code": code, "message": message, "innererror": inner_error}}
    )


def parse_vision_text(body: bytes) -> str:
    """The text to embed; Azure Vision takes from one to seventy words."""
    try:
        text = VisionTextRequest.model_validate(json.loads(body)).text
    except ValueError as error:
        raise vision_error("The request body is not valid.", "InvalidArgument") from error
    if not 1 <= len(text.split()) <= MAX_VISION_WORDS:
        raise vision_error(f"The text must have between 1 and {MAX_VISION_WORDS} words.", "InvalidArgument")
    return text
