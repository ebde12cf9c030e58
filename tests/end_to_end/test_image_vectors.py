"""The whole product with the laptop's image model: a library that exists is filled, and pictures find pictures."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.world import ROOT, SAMPLE, World, running_beside, running_world

SAMPLES = ROOT / "samples"
PICTURES = {
    "boats.jpg": "family archive/boats.jpg",
    "plane.jpg": "family archive/aeroplane.jpg",
    "peaks.jpg": "family archive/the Alps.jpg",
    "ruins.jpg": "holiday/worth the climb.jpg",
    "beach.jpg": "holiday/early morning walk.jpg",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A library that was indexed without an image model."""
    with running_world(tmp_path_factory.mktemp("pictures")) as world:
        for name, sample in PICTURES.items():
            world.put(name, (SAMPLES / sample).read_bytes())
        world.wait_until_settled(120)
        yield world


def similar(http: httpx.Client, name: str) -> list[str]:
    photos = http.get("/api/search", params={"top": 50}).json()["photos"]
    id_ = next(each["id"] for each in photos if each["path"] == name)
    return [each["path"] for each in http.get(f"/api/photos/{id_}/similar").json()["photos"]]


def refresh(world: World, changes: Mapping[str, str], *options: str) -> str:
    """What the command says, with these settings."""
    environment = {**os.environ, **world.host.environment, **changes}
    command = [sys.executable, "-m", "ingest", "refresh", *options]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=300)
    return run.stdout


def mirrored(path: Path) -> bytes:
    """The same scene as other bytes, which nobody has indexed."""
    out = io.BytesIO()
    Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(out, "JPEG")
    return out.getvalue()


def test_pictures_find_pictures_once_there_is_a_model(world: World, tmp_path: Path) -> None:
    assert world.http.post("/api/search", content=b"x", headers={"Content-Type": "image/jpeg"}).status_code == 400
    captions = len(world.calls("vision"))
    image_settings = {name: value for name, value in SAMPLE.items() if name.startswith("IMAGE_EMBEDDING_")}
    image_settings["IMAGE_EMBEDDING_ENDPOINT"] = f"{world.models_url}/models"

    with (
        running_beside(world, tmp_path, settings=image_settings) as beside,
        httpx.Client(base_url=beside.url, timeout=60, trust_env=False) as http,
    ):
        assert "at most 0 embeddings (about 0 tokens) and 5 of pictures" in refresh(world, image_settings, "--dry-run")
        assert "5 up to date" in refresh(world, image_settings)
        assert "0 of 5 photos are out of date" in refresh(world, image_settings, "--dry-run")
        assert len(world.calls("embed_image")) == len(PICTURES)
        assert len(world.calls("vision")) == captions
        assert similar(http, "peaks.jpg")[0] == "ruins.jpg"
        assert similar(http, "boats.jpg")[0] == "beach.jpg"
        answer = http.post(
            "/api/search",
            content=mirrored(SAMPLES / PICTURES["peaks.jpg"]),
            headers={"Content-Type": "image/jpeg"},
        )
        assert [each["path"] for each in answer.json()["photos"]][:2] == ["peaks.jpg", "ruins.jpg"]
        # The model embeds no words, so a search by them is what it was.
        found = http.get("/api/search", params={"q": "snow on mountains"}).json()["photos"]
        before = world.get("/api/search", q="snow on mountains")["photos"]
        assert [each["path"] for each in found] == [each["path"] for each in before]
