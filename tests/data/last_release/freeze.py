"""
Makes `library.zip`: a small library as the code of a release left it, index and storage.

Run it in a checkout of that release, with its requirements installed, and Azurite in its `local/node_modules`:

    cd CHECKOUT && PYTHONPATH=. python .../tests/data/last_release/freeze.py .../library.zip

The release's own app, stand-ins and Azurite run; photos are uploaded, and what is then in the index, in the containers
and in the queues is written down as it is. Nothing of the present code takes part.
"""

import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

from tests.machine import eventually
from tests.world import KEY, World, running_world

API = "api-version=2026-04-01"
OURS = ("photo", "photos")  # the prefixes of our own containers and queues; the others are the host's
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmp:Rating="5" photoshop:Credit="Example Archive">'
    "<dc:creator><rdf:Seq><rdf:li>Ada Example</rdf:li><rdf:li>Ben Example</rdf:li></rdf:Seq></dc:creator>"
    "<lr:hierarchicalSubject><rdf:Bag><rdf:li>space|moon|landing</rdf:li></rdf:Bag></lr:hierarchicalSubject>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def jpeg(seed: int, *, exif: Image.Exif | None = None, xmp: str = "") -> bytes:
    image = Image.new("RGB", (96, 72), (seed * 53 % 256, seed * 97 % 256, seed * 29 % 256))
    ImageDraw.Draw(image).ellipse((10 + seed, 8, 60 + seed, 58), fill=(250, 240 - 20 * seed, 40))
    out = io.BytesIO()
    options = {"xmp": xmp.encode()} if xmp else {}
    image.save(out, "JPEG", quality=85, exif=Image.Exif() if exif is None else exif, **options)
    return out.getvalue()


def exif_of(*, date: str = "", offset: str = "", words: bool = False, gps: bool = False) -> Image.Exif:
    exif = Image.Exif()
    if date:
        exif.get_ifd(0x8769).update({36867: date, **({36881: offset} if offset else {})})
    if words:
        exif.update({270: "The crane in the harbour", 315: "A. Example", 33432: "(c) Example", 18246: 4})
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 53.0, 24.0), 3: "E", 4: (12.0, 29.0, 32.0)})
    return exif


def photos() -> dict[str, bytes]:
    """
    Photos in which later code reads more than that of the last release, and some in which it does not.

    That release embedded the folder and, where a photo has no date, the day of its upload.
    """
    dated = exif_of(date="2022:05:04 12:00:00")
    bridge = jpeg(1, exif=dated)
    return {
        "plain.jpg": jpeg(0, exif=dated),
        "bridge.jpg": bridge,
        "trips/summer_2024/renamed bridge.jpg": bridge,
        "desk/words.jpg": jpeg(2, exif=exif_of(words=True)),
        "desk/moon.jpg": jpeg(3, xmp=XMP),
        "rome/colosseum.jpg": jpeg(4, exif=exif_of(date="2023:07:14 10:00:00", offset="+02:00", gps=True)),
        "new year/eve.jpg": jpeg(5, exif=exif_of(date="2024:12:31 22:30:00", offset="-05:00")),
        "PXL_20240607_101112345.jpg": jpeg(6),
        "broken/no_end_marker.jpg": jpeg(7)[:-2],
        "broken/not a photo.jpg": b"only words",
    }


def index_of(world: World) -> dict[str, Any]:
    """The definition of the index, and its documents with their vectors."""
    headers = {"api-key": KEY}
    url = f"{world.search_url}/indexes('photos')"
    definition = httpx.get(f"{url}?{API}", headers=headers, trust_env=False).json()
    names = ",".join(each["name"] for each in definition["fields"])
    body = {"search": "*", "top": 1000, "select": names}
    documents = httpx.post(f"{url}/docs/search.post.search?{API}", json=body, headers=headers, trust_env=False).json()
    definition = {name: value for name, value in definition.items() if not name.startswith("@")}
    value = [
        {name: each for name, each in document.items() if not name.startswith("@")} for document in documents["value"]
    ]
    return {"definition": definition, "documents": value}


def freeze(world: World, archive: zipfile.ZipFile) -> None:
    blobs: list[dict[str, Any]] = []
    for container in world.blobs.list_containers():
        if not container.name.startswith(OURS):
            continue
        client = world.blobs.get_container_client(container.name)
        for blob in client.list_blobs(include=["metadata"]):
            file = f"blobs/{len(blobs)}"
            archive.writestr(file, client.download_blob(blob.name).readall())
            settings = blob.content_settings
            blobs.append(
                {
                    "container": container.name,
                    "name": blob.name,
                    "file": file,
                    "etag": blob.etag,
                    "last_modified": blob.last_modified.isoformat(),
                    "content_type": settings.content_type,
                    "metadata": blob.metadata or {},
                }
            )
    archive.writestr("blobs.json", json.dumps(blobs, indent=1))
    archive.writestr("queues.json", json.dumps([each.name for each in world.queues() if each.name.startswith(OURS)]))
    archive.writestr("index.json", json.dumps(index_of(world)))


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder), fast=True) as world:
        for name, data in photos().items():
            world.put(name, data)

        def settled() -> None:
            status = world.get("/api/status")
            assert status["indexed"] + status["failed"] == len(photos()), status

        eventually(settled, timeout=300)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            freeze(world, archive)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
