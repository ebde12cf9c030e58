"""Pictures as JPEG, with nothing of what their file said."""

import io
from typing import Any

from PIL import Image as Pillow


def encode_jpeg(picture: Pillow.Image, quality: int, **options: Any) -> bytes:
    """The picture as JPEG; `options` are those of Pillow's encoder."""
    out = io.BytesIO()
    picture.info = {}  # comments, EXIF and profiles would be written along
    picture.save(out, "JPEG", quality=quality, exif=b"", **options)
    return out.getvalue()
