"""Analyses an image in two child processes at once: one reads its text, the other detects its objects."""

import asyncio
import io
from collections import OrderedDict

from PIL import Image, ImageOps

from local.models.vision import class_embedding, colors
from local.models.vision.analysis import Detection, SceneAnalysis, TextLine
from local.models.vision.image_kind import classify_image_kind
from local.models.vision.networks import classifier
from local.models.vision.networks.session import Array
from local.models.vision.object_detection import fuse_detections, run_networks
from local.models.vision.ocr import read_text
from local.models.worker_process import WorkerProcess

CACHE_SIZE = 256
MAX_DETECTION_SIDE = 1024
MAX_OCR_SIDE = 2048
ObjectsAndFaces = tuple[tuple[Detection, ...], tuple[Detection, ...]]


class ImageAnalyzer:
    """Analyses images. The last few hundred results are cached, so a second question about a photo is quick."""

    def __init__(self) -> None:
        self._ocr_worker = WorkerProcess(threads=1)
        self._detection_worker = WorkerProcess(threads=1)
        self._cache: OrderedDict[str, SceneAnalysis] = OrderedDict()

    async def analyze(self, data: bytes, digest: str, *, fast: bool = False) -> SceneAnalysis:
        """Analyse an image; `fast` leaves out everything that needs a model."""
        if fast:
            return await asyncio.to_thread(_analyze_image, data)
        if digest not in self._cache:
            text_lines, objects_and_faces = await asyncio.gather(
                self._ocr_worker.run(_find_text, data), self._detection_worker.run(_find_objects, data)
            )
            self._cache[digest] = await asyncio.to_thread(_analyze_image, data, text_lines, objects_and_faces)
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return self._cache[digest]

    async def embed(self, data: bytes) -> Array:
        """What an image shows, as a vector by which images of the same things are near each other."""
        return await self._detection_worker.run(_embed_image, data)

    async def embed_by_class(self, data: bytes) -> Array:
        """The same in a space that words have a place in: see `class_embedding`."""
        return await self._detection_worker.run(_embed_by_class, data)

    async def warm_up(self) -> None:
        """Load the models, which takes a second or two, before the first image needs them."""
        await asyncio.gather(
            self._ocr_worker.run(_find_text, _blank_image()), self._detection_worker.run(_find_objects, _blank_image())
        )

    def close(self) -> None:
        """Stop the child processes."""
        self._ocr_worker.close()
        self._detection_worker.close()


def _decode_upright(data: bytes) -> Image.Image:
    """The decoded image in RGB, rotated as its EXIF says."""
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def _find_text(data: bytes) -> tuple[TextLine, ...]:
    """Read the text of an encoded image; runs in a child process."""
    image = _decode_upright(data)
    image.thumbnail((MAX_OCR_SIDE, MAX_OCR_SIDE))
    return read_text(image)


def _find_objects(data: bytes) -> ObjectsAndFaces:
    """Find the objects and faces in an encoded image; runs in a child process."""
    return fuse_detections(run_networks(shrink_for_detection(_decode_upright(data))))


def _embed_image(data: bytes) -> Array:
    return classifier.features(shrink_for_detection(_decode_upright(data)))


def _embed_by_class(data: bytes) -> Array:
    return class_embedding.embed_image(shrink_for_detection(_decode_upright(data)))


def shrink_for_detection(image: Image.Image) -> Image.Image:
    """Shrink to at most 1024 pixels a side; the networks see no more in a larger image."""
    image.thumbnail((MAX_DETECTION_SIDE, MAX_DETECTION_SIDE))
    return image


def _analyze_image(
    data: bytes, text_lines: tuple[TextLine, ...] = (), objects_and_faces: ObjectsAndFaces = ((), ())
) -> SceneAnalysis:
    """What statistics alone can tell, together with what the models found."""
    image = _decode_upright(data)
    pixels = colors.sample_pixels(image)
    return SceneAnalysis(
        width=image.width,
        height=image.height,
        kind=classify_image_kind(image, text_lines),
        palette=colors.palette(pixels),
        light=colors.light_statistics(pixels),
        text_lines=text_lines,
        detections=objects_and_faces[0],
        faces=objects_and_faces[1],
        sky_share=colors.sky_share(image),
    )


def _blank_image() -> bytes:
    """A small white image as PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(buffer, "PNG")
    return buffer.getvalue()
