"""The libraries that are photographed: the samples and what people did to them, a sign-in, and years of photos."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image

from tests.bundled_app import bundled_app
from tests.machine import running_azurite
from tests.page.test_map_tiles import running_tiles, tiles_of
from tests.world import ROOT, World, running_around, running_beside

PEOPLE = {"people": [{"id": "ann", "name": "Ann", "email": "ann@photos.example", "roles": ["admin"]}]}
SAMPLES = ROOT / "samples"
YEARS = range(2008, 2026)
MONTHS = (3, 7, 8, 11)
TAKEN = 36867  # EXIF: DateTimeOriginal
EXIF_PART = 0x8769
PATIENCE = 600  # seconds: pictures are looked at closely


@dataclass(frozen=True)
class Libraries:
    """Addresses of apps, and of what is in the first one: the id of a collection and the link of a share."""

    samples: str
    years: str
    locked: str
    tiles: str
    collection: str
    share: str
    edited: str  # the id of a photo that people have changed


@contextmanager
def running_libraries(folder: Path) -> Iterator[Libraries]:
    """All of them, with the page as it is deployed: the samples with and without a sign-in or tiles, and the years."""
    app = bundled_app(folder)
    people = folder / "people.json"
    people.write_text(json.dumps(PEOPLE))
    for name in ("years", "tiles"):
        (folder / name).mkdir()
    with (
        running_azurite() as azurite,
        running_around(azurite, folder, fast=False, moved={}, app_folder=app) as world,
        running_beside(
            world, folder, "--people", str(people), app_folder=app, settings={"HTTP_AUTH": "platform"}
        ) as locked,
        running_tiles() as address,
        running_beside(world, folder / "tiles", app_folder=app, settings=tiles_of(address)) as tiles,
        running_azurite() as other,
        running_around(other, folder / "years", fast=True, moved={}, app_folder=app) as years,
    ):
        upload_samples(world)
        _upload_years(years)
        world.wait_until_idle(PATIENCE)
        collection, edited = _work(world)
        yield Libraries(
            samples=_address(world),
            years=_address(years),
            locked=locked.url,
            tiles=tiles.url,
            collection=collection,
            share=f"{_address(world)}{_share(world, collection)}",
            edited=edited,
        )


def upload_samples(world: World, *, but: str = "") -> None:
    """Put all sample photos into the library, `but` this one; they are described later."""
    for each in sorted(SAMPLES.glob("*/*")):
        if (path := str(each.relative_to(SAMPLES))) != but:
            world.put(path, each.read_bytes()).raise_for_status()


def _address(world: World) -> str:
    return str(world.http.base_url).rstrip("/")


def _upload_years(world: World) -> None:
    """A few photos of each year, which are the samples at another size."""
    files = [each for each in sorted(SAMPLES.glob("*/*")) if each.suffix in {".jpg", ".webp", ".png"}]
    for count, (year, month) in enumerate(product(YEARS, MONTHS)):
        content = _dated(files[count % len(files)], f"{year}:{month:02d}:{1 + count % 28:02d} 12:00:00")
        world.put(f"{year}/{count}.jpg", content).raise_for_status()
    world.wait_until_idle(PATIENCE)


def _dated(file: Path, taken: str) -> bytes:
    with Image.open(file) as opened:
        image = opened.convert("RGB")
    image.thumbnail((480, 480))
    exif = Image.Exif()
    exif.get_ifd(EXIF_PART)[TAKEN] = taken
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def _work(world: World) -> tuple[str, str]:
    """What people do: correct, rate, group, delete, and add a file that is broken."""
    by_path: dict[str, Any] = {each["path"]: each for each in world.get("/api/search", top=100)["photos"]}
    edited = str(by_path["animals/Chelsea.png"]["id"])
    for patch in (
        {"title": "Chelsea"},
        {"title": "Chelsea on the rug", "tags": ["cat", "Chelsea", "home"], "rating": 5},
    ):
        world.http.patch(f"/api/photos/{edited}", json=patch).raise_for_status()
    favorite = by_path["holiday/worth the climb.jpg"]["id"]
    world.http.patch(f"/api/photos/{favorite}", json={"favorite": True, "reviewed": True}).raise_for_status()
    ids = [photo["id"] for path, photo in sorted(by_path.items()) if path.startswith("holiday/")]
    collection = {"name": "Our summer", "description": "For the album: the lake, the market and the climb.", "ids": ids}
    made = world.http.post("/api/collections", json=collection).raise_for_status().json()
    world.http.post(
        "/api/collections", json={"name": "Without a date", "search": {"dated": "false"}}
    ).raise_for_status()
    world.http.post("/api/jobs", json={"action": "edit", "ids": ids[:5], "patch": {"rating": 4}}).raise_for_status()
    world.put("holiday/cut off.jpg", b"\xff\xd8 not an image").raise_for_status()
    _put_into_trash(world)
    return str(made["id"]), edited


def _put_into_trash(world: World) -> None:
    content = _dated(SAMPLES / "space" / "home.jpg", "2020:01:01 12:00:00")
    id_ = world.put("space/home twice.jpg", content).raise_for_status().json()["id"]
    world.wait_until_idle(PATIENCE)
    world.http.delete(f"/api/photos/{id_}").raise_for_status()


def _share(world: World, collection: str) -> str:
    body = {"collection": collection, "name": "Our summer", "days": 30}
    return str(world.http.post("/api/shares", json=body).raise_for_status().json()["url"])
