"""The images of a request, decoded and checked against the formats and sizes that OpenAI accepts."""

import base64
import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image

from local.models.api.errors import ApiError, invalid_request
from local.models.api.requests import ChatCompletionRequest, ImageUrl

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MAX_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class InputImage:
    """An image as it was sent: its encoded bytes, its size in pixels and the requested detail."""

    data: bytes
    width: int
    height: int
    detail: str

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def decode_images(request: ChatCompletionRequest) -> list[InputImage]:
    """All images of a request. The first that a real model would not accept raises a 400."""
    return [decode_image(image) for image in request.images()]


def read_image(data: bytes) -> InputImage:
    """An image that was sent as it is; a 400 if it isn't one."""
    width, height = _image_size(data)
    return InputImage(data, width, height, "auto")


def decode_image(image: ImageUrl) -> InputImage:
    """Decode a data URL and read the header of the image in it."""
    data = _decode_data_url(image.url)
    if len(data) > MAX_BYTES:
        raise invalid_request("Image too large: the limit is 50 MB.", "messages", "image_too_large")
    width, height = _image_size(data)
    if width * height > MAX_PIXELS:
        raise invalid_request(f"Image too large: {width}x{height} pixels.", "messages", "image_too_large")
    return InputImage(data, width, height, image.detail)


def _decode_data_url(url: str) -> bytes:
    """The bytes of a base64 data URL. The stand-in never fetches anything, so any other URL is refused."""
    header, separator, payload = url.partition(",")
    if not (separator and header.startswith("data:image/") and header.endswith(";base64")):
        message = "Invalid image: this server takes data URLs (data:image/...;base64,...) only."
        raise invalid_request(message, "messages", "invalid_image_url")
    try:
        return base64.b64decode(payload, validate=True)
    except ValueError as error:  # binascii.Error is a ValueError; non-ASCII letters raise a plain one
        raise invalid_request("Invalid base64 image_url.", "messages", "invalid_base64") from error


def _image_size(data: bytes) -> tuple[int, int]:
    """Width and height from the header. Animated images are unsupported, as they are by OpenAI."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if getattr(opened, "is_animated", False):
                    raise _unsupported_image()
                return opened.size
    except ApiError:
        raise
    except Exception as error:  # Pillow's readers raise far more than OSError on broken headers
        raise _unsupported_image() from error


def _unsupported_image() -> ApiError:
    """The 400 for anything that isn't in one of the four formats."""
    message = (
        "You uploaded an unsupported image. Please make sure your image is valid and "
        "has one of the following formats: ['png', 'jpeg', 'gif', 'webp'], not animated."
    )
    return invalid_request(message, "messages", "invalid_image_format")
