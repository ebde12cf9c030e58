"""The model that embeds pictures: both formats on the wire, what it learns of its server, and what errors mean."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.errors import BadReply, BadRequest, Outage, Throttled, Transient
from shared.models.image_embeddings import ImageModel
from shared.models.image_formats import ImageApi, VectorRequest, image_format
from tests.local.models.stand_in import ModelStandIn, running_stand_in
from tests.machine import free_port
from tests.shared.scripted_server import Answer, ScriptedServer, scripted_server

JPEG = b"\xff\xd8 a picture"
SAMPLES = Path(__file__).parents[3] / "samples"
VECTOR = Answer(body={"data": [{"index": 0, "embedding": [0.6, 0.8]}], "usage": {"prompt_tokens": 7}})


class Clients:
    """Makes clients, and closes them after the test."""

    def __init__(self) -> None:
        self._made: list[ImageModel] = []

    def __call__(
        self,
        url: str,
        api: ImageApi = "foundry",
        *,
        name: str = "embed-v-4-0",
        dimensions: int = 2,
        key: str | None = "secret",
    ) -> ImageModel:
        async def token() -> str:
            return "a-token"

        wire = image_format(api, "2023-04-15" if api == "vision" else name, dimensions)
        self._made.append(ImageModel(url, wire, key=key, token=None if key else token))
        return self._made[-1]

    async def close(self) -> None:
        for each in self._made:
            await each.close()


@pytest.fixture
async def model() -> AsyncIterator[Clients]:
    clients = Clients()
    yield clients
    await clients.close()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as running:
        yield running


@pytest.fixture(scope="module")
def stand_in() -> Iterator[ModelStandIn]:
    with running_stand_in("--fast") as running:
        yield running


async def test_foundry_gets_a_data_url_and_both_headers_of_a_key(server: ScriptedServer, model: Clients) -> None:
    server.script(VECTOR)

    assert await model(f"{server.url}/models").embed_image(JPEG) == [0.6, 0.8]

    [request] = server.requests
    assert request.target == "/models/images/embeddings?api-version=2024-05-01-preview"
    assert request.json() == {
        "model": "embed-v-4-0",
        "dimensions": 2,
        "encoding_format": "float",
        "input": [{"image": f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"}],
    }
    assert "authorization: bearer secret" in request.head.lower()
    assert "api-key: secret" in request.head.lower()


async def test_foundry_gets_words_as_a_query(server: ScriptedServer, model: Clients) -> None:
    server.script(VECTOR)

    assert await model(f"{server.url}/models", key=None).embed_text("a red bicycle") == [0.6, 0.8]

    [request] = server.requests
    assert request.target == "/models/embeddings?api-version=2024-05-01-preview"
    assert request.json()["input"] == ["a red bicycle"]
    assert request.json()["input_type"] == "query"
    assert "authorization: bearer a-token" in request.head.lower()
    assert "api-key" not in request.head.lower()


async def test_vision_gets_the_bytes_and_its_own_header(server: ScriptedServer, model: Clients) -> None:
    server.script(Answer(body={"modelVersion": "2023-04-15", "vector": [0.0] * 1024}))
    vision = model(server.url, "vision")

    await vision.embed_image(JPEG)
    await vision.embed_text(" ".join(["word"] * 80))

    picture, text = server.requests
    query = "api-version=2024-02-01&model-version=2023-04-15"
    assert picture.target == f"/computervision/retrieval:vectorizeImage?{query}"
    assert picture.body == JPEG
    assert "content-type: application/octet-stream" in picture.head.lower()
    assert "ocp-apim-subscription-key: secret" in picture.head.lower()
    assert "authorization" not in picture.head.lower()
    assert text.target == f"/computervision/retrieval:vectorizeText?{query}"
    assert len(text.json()["text"].split()) == 70


async def test_a_model_without_texts_is_asked_once(server: ScriptedServer, model: Clients) -> None:
    server.script(Answer(404, {"error": "Not Found", "message": "Modality not supported by the model.", "status": 404}))
    pictures_only = model(server.url)

    assert pictures_only.embeds_text
    assert [await pictures_only.embed_text(each) for each in ("a dog", "a cat")] == [None, None]
    assert not pictures_only.embeds_text
    assert len(server.requests) == 1


async def test_a_field_that_is_refused_is_left_out_from_then_on(server: ScriptedServer, model: Clients) -> None:
    detail = {"loc": ["body", "dimensions"], "value": "2"}
    refusal = {"error": "Unprocessable Content", "detail": detail, "message": "dimensions is not supported"}
    server.script(Answer(422, refusal), VECTOR)
    fixed = model(server.url)

    assert await fixed.embed_image(JPEG) == [0.6, 0.8]
    assert await fixed.embed_image(JPEG) == [0.6, 0.8]
    assert ["dimensions" in request.json() for request in server.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer(429, {"error": {"message": "slow down"}}, {"Retry-After": "7"}), Throttled, "throttling"),
        (Answer(404, {"error": {"message": "no such deployment"}}), Outage, "IMAGE_EMBEDDING_ENDPOINT"),
        (Answer(401, {"error": {"message": "wrong key"}}), Outage, "credentials"),
        (Answer(500, {"error": {"message": "oops"}}), Transient, "500"),
        (Answer(400, {"error": {"message": "InvalidImageSize"}}), BadRequest, "InvalidImageSize"),
        (Answer(200, {"data": []}), BadReply, "did not answer with a vector"),
        (Answer(200, {"data": [{"embedding": [1.0]}]}), Transient, "1 numbers but IMAGE_EMBEDDING_DIMENSIONS is 2"),
    ],
)
async def test_errors_mean_what_those_of_other_models_mean(
    answer: Answer, error: type[Exception], words: str, server: ScriptedServer, model: Clients
) -> None:
    server.script(answer)

    with pytest.raises(error, match=words) as caught:
        await model(server.url).embed_image(JPEG)
    if isinstance(caught.value, Throttled):
        assert caught.value.wait == 7


async def test_the_check_pays_for_nothing_and_notices_an_outage(server: ScriptedServer, model: Clients) -> None:
    server.script(Answer(404, {}))
    await model(server.url).check()

    assert [request.method for request in server.requests] == ["GET"]
    with pytest.raises(Outage, match="cannot be reached"):
        await model(f"http://127.0.0.1:{free_port()}").check()


async def test_an_endpoint_that_nobody_listens_at_is_named(model: Clients) -> None:
    with pytest.raises(Outage, match="IMAGE_EMBEDDING_ENDPOINT"):
        await model(f"http://127.0.0.1:{free_port()}").embed_image(JPEG)


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_a_server_that_takes_no_more_of_a_picture_is_left(
    model: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reads_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await left.wait()
        writer.close()

    left = asyncio.Event()
    deaf = await asyncio.start_server(reads_nothing, "127.0.0.1", 0, limit=1000)
    client = model(f"http://127.0.0.1:{deaf.sockets[0].getsockname()[1]}", "vision")
    request = VectorRequest("/computervision/retrieval:vectorizeImage", content=bytes(50_000_000), seconds=0.3)
    monkeypatch.setattr(type(client._wire), "image", lambda *_: request)

    async with asyncio.timeout(60), deaf:
        with pytest.raises(Transient, match="did not answer in time"):
            await client.embed_image(JPEG)
        left.set()


async def test_the_recipe_tells_models_and_lengths_apart(model: Clients) -> None:
    recipes = {model("http://x", dimensions=each).recipe for each in (256, 1024)} | {model("http://x", "vision").recipe}

    assert len(recipes) == 3
    assert model("http://x").recipe == model("http://y", key=None).recipe


async def test_the_stand_in_speaks_both_formats(stand_in: ModelStandIn, model: Clients) -> None:
    boats, mountains = ((SAMPLES / "family archive" / f"{name}.jpg").read_bytes() for name in ("boats", "the Alps"))
    foundry = model(f"{stand_in.url}/models", name="stand-in-image-embedding", dimensions=1280, key="any")
    vision = model(stand_in.url, "vision")

    assert len(await foundry.embed_image(boats)) == 1280
    assert await foundry.embed_text("boats") is None
    words = await vision.embed_text("a boat on a river")
    assert words
    likeness = [
        sum(a * b for a, b in zip(await vision.embed_image(each), words, strict=True)) for each in (boats, mountains)
    ]
    assert likeness[0] > likeness[1]
