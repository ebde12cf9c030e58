"""`/api/photos/{id}/descriptions`: what models wrote of a photo, now and before."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest.caption_once import KeptVersion, earlier_descriptions
from ingest.context import ingest_context
from shared.errors import NotFound
from web.parameters import parse_photo_id


class PhotoDescription(TypedDict):
    """A description by one recipe, which is a model, a prompt and a language; `is_current` marks the photo's own."""

    recipe: str
    is_current: bool
    described_at: str
    title: str
    alt_text: str
    caption: str
    tags: list[str]
    text_in_photo: str
    setting: str
    caption_language: str


class PhotoDescriptions(TypedDict):
    """The descriptions of a photo, the latest first."""

    descriptions: list[PhotoDescription]


async def descriptions(request: Request) -> Response:
    """
    The description of a photo and those before it, the latest first.

    They are what models said; what people wrote instead is in the photo's record.
    """
    context = ingest_context()
    photo = await context.index.get(parse_photo_id(request.path_params))
    if photo is None:
        raise NotFound(f"there is no photo {request.path_params['id']}", param="id")
    current = context.current_recipe(photo.recipe)
    versions = [_record(each, current) for each in await earlier_descriptions(photo, context)]
    content: PhotoDescriptions = {"descriptions": versions}
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def _record(version: KeptVersion, current: str) -> PhotoDescription:
    said = version.description
    return {
        "recipe": version.recipe,
        "is_current": version.recipe == current,
        "described_at": version.at,
        "title": said.title,
        "alt_text": said.alt_text,
        "caption": said.caption,
        "tags": list(said.tags),
        "text_in_photo": said.text_in_photo,
        "setting": said.setting,
        "caption_language": said.caption_language,
    }
