"""The endpoints that embed images: Foundry's inference API, and Azure Vision's multimodal embeddings."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.models.api.catalog import EMBEDDING_DIMENSIONS, IMAGE_DIMENSIONS, IMAGE_EMBEDDING_MODEL
from local.models.api.errors import ApiError, invalid_request, unknown_model
from local.models.api.image_embeddings import (
    MAX_VISION_BYTES,
    PATCHES,
    VISION_MODELS,
    VISION_SIDES,
    FoundryImageRequest,
    FoundryTextRequest,
    embedding_list,
    modality_not_supported,
    parse_vision_text,
    unprocessable,
    vision_error,
)
from local.models.api.images import InputImage, decode_image, read_image
from local.models.api.requests import EmbeddingRequest, ImageUrl, parse_request
from local.models.endpoints import OpenAIEndpoints
from local.models.fault_injection import FaultRule, Operation, corrupt_vectors
from local.models.request_log import RequestLogEntry
from local.models.vision import class_embedding

Work = Callable[[Request, RequestLogEntry], Awaitable[Response]]


class ImageEndpoints:
    """
    One model for each format. Foundry's `stand-in-image-embedding` embeds images only.

    Azure Vision's, of any of its versions, embeds both, by the classifier's classes.
    """

    def __init__(self, endpoints: OpenAIEndpoints) -> None:
        self._endpoints = endpoints
        self._inference = endpoints.inference

    def routes(self) -> list[Route]:
        """The routes, each with the base path that its service has."""
        vision = "/computervision/retrieval"
        routes: list[tuple[str, Operation, Work]] = [
            ("/models/images/embeddings", "embed_image", self._foundry_images),
            ("/models/embeddings", "embed", self._foundry_texts),
            (f"{vision}:vectorizeImage", "embed_image", self._vision_image),
            (f"{vision}:vectorizeText", "embed", self._vision_text),
        ]
        return [Route(path, self._handler(operation, work), methods=["POST"]) for path, operation, work in routes]

    def _handler(self, operation: Operation, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            entry = RequestLogEntry(operation, "")
            return await self._endpoints.logged(request, entry, work(request, entry))

        return handle

    async def _foundry_images(self, request: Request, entry: RequestLogEntry) -> Response:
        """`POST /models/images/embeddings`."""
        _check_version(request)
        body = parse_request(FoundryImageRequest, await request.body())
        entry.model = body.model
        if body.model in EMBEDDING_DIMENSIONS:
            raise modality_not_supported()
        if body.model != IMAGE_EMBEDDING_MODEL:
            raise unknown_model(body.model)
        if body.dimensions not in (None, IMAGE_DIMENSIONS):
            raise unprocessable("dimensions", body.dimensions, f"This model has {IMAGE_DIMENSIONS} dimensions only.")
        if body.encoding_format != "float":
            raise unprocessable("encoding_format", body.encoding_format, "This model returns floats only.")
        if any(each.text is not None for each in body.input):
            raise unprocessable("text", "", "This model embeds images only.")
        images = [await asyncio.to_thread(decode_image, ImageUrl(url=each.image)) for each in body.input]
        fault = await self._begin(entry, images)
        vectors = [(await self._inference.embed_image(image)).tolist() for image in images]
        answer = embedding_list(body.model, corrupt_vectors(vectors, fault), 0, PATCHES * len(images))
        entry.status, entry.usage = 200, answer["usage"]
        return JSONResponse(answer)

    async def _foundry_texts(self, request: Request, entry: RequestLogEntry) -> Response:
        """`POST /models/embeddings`."""
        _check_version(request)
        body = parse_request(FoundryTextRequest, await request.body())
        entry.model = body.model
        if body.model == IMAGE_EMBEDDING_MODEL:
            raise modality_not_supported()
        fault = await self._begin(entry)
        texts = EmbeddingRequest(model=body.model, input=body.input, dimensions=body.dimensions)
        vectors, tokens = await self._inference.embed(texts)
        answer = embedding_list(body.model, corrupt_vectors([each.tolist() for each in vectors], fault), tokens)
        entry.status, entry.usage = 200, answer["usage"]
        return JSONResponse(answer)

    async def _vision_image(self, request: Request, entry: RequestLogEntry) -> Response:
        """`POST /computervision/retrieval:vectorizeImage`."""
        entry.model = _vision_model(request)
        image = await asyncio.to_thread(_vision_picture, await request.body(), request.headers.get("content-type", ""))
        fault = await self._begin(entry, [image])
        vector = (await self._inference.embed_image(image, by_class=True)).tolist()
        return _vision_answer(entry, vector, fault)

    async def _vision_text(self, request: Request, entry: RequestLogEntry) -> Response:
        """`POST /computervision/retrieval:vectorizeText`."""
        entry.model = _vision_model(request)
        text = parse_vision_text(await request.body())
        fault = await self._begin(entry)
        return _vision_answer(entry, class_embedding.embed_text(text).tolist(), fault)

    async def _begin(self, entry: RequestLogEntry, images: list[InputImage] | None = None) -> FaultRule | None:
        """Note the images of a request that is valid, and let a fault strike."""
        entry.record_images(images or [])
        fault = self._endpoints.fault_injector.next_fault(entry.on)
        await self._endpoints.apply_fault(fault)
        return fault


def _check_version(request: Request) -> None:
    if not request.query_params.get("api-version"):
        raise invalid_request("Missing required parameter: 'api-version'.", "api-version")


def _vision_model(request: Request) -> str:
    if not any(name in request.headers for name in ("ocp-apim-subscription-key", "authorization")):
        message = "Access denied due to invalid subscription key or wrong API endpoint."
        raise ApiError(401, message, whole_body={"error": {"code": "401", "message": message}})
    if not request.query_params.get("api-version"):
        raise vision_error("The query parameter api-version is missing.", "BadArgument", code="BadArgument")
    model = request.query_params.get("model-version", "latest")
    if model not in VISION_MODELS:
        raise vision_error(f"Model version {model} is not supported.", "InvalidArgument")
    return model


def _vision_picture(body: bytes, content_type: str) -> InputImage:
    """The picture in a body. One that is named by its URL is refused, as the stand-in fetches nothing."""
    if content_type.partition(";")[0] != "application/octet-stream":
        raise vision_error("Unsupported media type.", "UnsupportedMediaType", status=415)
    if len(body) > MAX_VISION_BYTES:
        raise vision_error("Input image is too large.", "InvalidImageSize")
    try:
        image = read_image(body)
    except ApiError as error:
        raise vision_error("Input data is not a valid image.", "InvalidImageFormat") from error
    if not {image.width, image.height} <= set(VISION_SIDES):
        raise vision_error("Input image must be larger than 10 x 10 pixels.", "InvalidImageSize")
    return image


def _vision_answer(entry: RequestLogEntry, vector: list[float], fault: FaultRule | None) -> Response:
    vectors = corrupt_vectors([vector], fault)
    entry.status = 200
    return JSONResponse({"modelVersion": entry.model, "vector": vectors[0] if vectors else []})
