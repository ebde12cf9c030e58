"""The picture in the body of a request: its bytes, or JSON with a data URL for clients that send nothing else."""

from base64 import b64decode

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from shared.errors import BadRequest
from shared.validation import parse_json, validate

DATA_URL = "data:image/jpeg;base64,..."


class PictureRequest(BaseModel):
    """A picture as a data URL."""

    model_config = ConfigDict(extra="forbid")

    image: str


async def read_picture(request: Request) -> bytes:
    """The bytes of the picture, whatever they are; BadRequest if there are none."""
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        body = _decode(validate(PictureRequest, parse_json(body)).image)
    if not body:
        raise BadRequest("the body must be a picture", param="body")
    return body


def _decode(url: str) -> bytes:
    header, _, content = url.partition(",")
    if not (header.startswith("data:image/") and header.endswith(";base64")):
        raise BadRequest(f"image must be a data URL, such as {DATA_URL}", param="image")
    try:
        return b64decode(content, validate=True)
    except ValueError as error:
        raise BadRequest("image is not base64", param="image") from error
