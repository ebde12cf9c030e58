"""Photos as HTML that a page can take over: each an `img` with its alternative text."""

from collections.abc import AsyncIterator
from html import escape
from posixpath import basename
from urllib.parse import quote

from catalogue.export.authorship import unreviewed
from shared.photo import Photo

HEAD = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Photos with alternative texts</title>\n'
    "<!-- src is the photo's path: put the address of your own copies before it. -->\n"
)
TAIL = "</html>\n"


async def alt_snippets(photos: AsyncIterator[Photo]) -> AsyncIterator[bytes]:
    """A document of one element a photo, the unreviewed words of a model marked by `data-alt-source`."""
    yield HEAD.encode()
    async for photo in photos:
        yield snippet(photo).encode()
    yield TAIL.encode()


def snippet(photo: Photo) -> str:
    """`<img src="2024/rome/a.jpg" alt="Two children on a beach" width="4000" height="3000">`."""
    text = photo.alt_text or photo.title or basename(photo.path)
    attributes = {"src": quote(photo.path), "alt": text}
    if photo.width and photo.height:
        attributes |= {"width": str(photo.width), "height": str(photo.height)}
    if photo.caption_language:
        attributes["lang"] = photo.caption_language
    if "alt_text" in unreviewed(photo):
        attributes["data-alt-source"] = "model, not reviewed"
    return "<img " + " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items()) + ">\n"
