"""Images as vectors: what they show decides which are near, and both formats refuse what the services refuse."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.local.models.stand_in import ModelStandIn

SAMPLES = Path(__file__).parents[3] / "samples"
FOUNDRY = "/models/images/embeddings?api-version=2024-05-01-preview"
VISION = "/computervision/retrieval:vectorizeImage?api-version=2024-02-01&model-version=2023-04-15"
VISION_TEXT = VISION.replace("Image", "Text")
BYTES = {"Content-Type": "application/octet-stream", "Ocp-Apim-Subscription-Key": "any"}


def preview(path: str) -> bytes:
    """A sample as the app sends it."""
    image = ImageOps.exif_transpose(Image.open(SAMPLES / path)).convert("RGB")
    image.thumbnail((1024, 1024))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def square(side: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(out, "JPEG")
    return out.getvalue()


def body(*pictures: bytes, **options: Any) -> dict[str, Any]:
    urls = [f"data:image/jpeg;base64,{base64.b64encode(each).decode()}" for each in pictures]
    return {"model": "stand-in-image-embedding", "input": [{"image": url} for url in urls]} | options


def test_what_a_picture_shows_decides_and_not_that_it_is_grey(stand_in: ModelStandIn) -> None:
    """
    Old photographs that are all brown and grey, and one in colour that shows the same as one of them.

    Boats are nearest to a beach (.54) and not to a biplane (.42), mountains to mountains in colour (.57; the biplane
    has .38), workers to workers (.59; the biplane .41), a page to a sign with print (.47; the biplane .34).
    """
    names = [
        *("family archive/boats.jpg", "family archive/the Alps.jpg", "family archive/night shift.jpg"),
        *("family archive/Scan_0001.jpg", "family archive/aeroplane.jpg"),
        *("holiday/early morning walk.jpg", "holiday/worth the climb.jpg", "family archive/grandfather at work.jpg"),
        "holiday/sign by the lake.jpg",
    ]

    answer = stand_in.http.post(FOUNDRY, json=body(*map(preview, names))).raise_for_status().json()

    vectors = np.array([each["embedding"] for each in answer["data"]])
    assert vectors.shape == (len(names), 1280)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=0.01)
    likeness = vectors @ vectors.T
    for number, kin in enumerate((5, 6, 7, 8)):
        assert likeness[number, kin] > likeness[number, 4] + 0.05, names[number]
    assert answer["usage"]["prompt_patches"] > 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"dimensions": 1024}, 422),
        ({"encoding_format": "int8"}, 422),
        ({"input": [{"image": "https://example.org/a.jpg"}]}, 400),
        ({"input": []}, 400),
        ({"unknown": 1}, 400),
        ({"model": "other"}, 404),
        ({"model": "stand-in-embedding"}, 404),
    ],
)
def test_foundry_refuses_what_its_reference_says(stand_in: ModelStandIn, changes: dict[str, Any], status: int) -> None:
    assert stand_in.http.post(FOUNDRY, json=body(square(), **changes)).status_code == status


def test_foundry_knows_no_modality_that_the_model_lacks(stand_in: ModelStandIn) -> None:
    texts = {"model": "stand-in-image-embedding", "input": ["a dog"], "input_type": "query"}

    answer = stand_in.http.post("/models/embeddings?api-version=2024-05-01-preview", json=texts)

    assert answer.status_code == 404
    assert answer.json()["message"].startswith("Modality not supported by the model")
    assert stand_in.http.post("/models/embeddings", json=texts).status_code == 400
    own = texts | {"model": "stand-in-embedding"}
    answer = stand_in.http.post("/models/embeddings?api-version=2024-05-01-preview", json=own)
    assert len(answer.json()["data"][0]["embedding"]) == 384


def test_vision_refuses_what_its_documentation_says(stand_in: ModelStandIn) -> None:
    post = stand_in.http.post

    assert len(post(VISION, content=square(), headers=BYTES).json()["vector"]) == 1024
    assert post(VISION, content=square(), headers={"Content-Type": BYTES["Content-Type"]}).status_code == 401
    assert post(VISION, json={"url": "https://example.org"}, headers={"api-key": "any", **BYTES}).status_code == 400
    for content in (b"no picture", square(8)):
        error = post(VISION, content=content, headers=BYTES).json()["error"]
        assert error["innererror"]["code"] in {"InvalidImageFormat", "InvalidImageSize"}
    for text in ("", "word " * 71):
        assert post(VISION_TEXT, json={"text": text}, headers=BYTES).status_code == 400
    assert post(VISION.replace("2023-04-15", "1"), content=square(), headers=BYTES).status_code == 400


def test_vision_puts_words_among_pictures(stand_in: ModelStandIn) -> None:
    def vector(url: str, **request: Any) -> Any:
        return np.array(stand_in.http.post(url, headers=BYTES, **request).json()["vector"])

    words = [vector(VISION_TEXT, json={"text": text}) for text in ("sleeping cats", "an alp in the snow")]
    samples = [preview(each) for each in ("animals/Chelsea.png", "family archive/the Alps.jpg")]
    pictures = [vector(VISION, content=each) for each in samples]

    likeness = np.array(words) @ np.array(pictures).T
    assert likeness.argmax(axis=1).tolist() == [0, 1]


def test_faults_strike_pictures_apart_from_texts(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("429", on="embed_image", seconds=3)

    answer = stand_in.http.post(FOUNDRY, json=body(square()))

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert stand_in.client.embeddings.create(model="stand-in-embedding", input="a cat").data
