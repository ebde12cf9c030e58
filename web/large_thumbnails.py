"""Thumbnails for screens with two pixels where others have one: made of the preview when first asked for, and kept."""

from ingest.thumbnail import larger_thumbnail
from shared.picture_links import LARGE_SIDE, LARGE_THUMBNAIL, PictureSize
from shared.services import services


async def large_thumbnail(id_: str) -> PictureSize:
    """What shows a photo sharply there, the usual size where its preview has no more; NotFound if it is gone."""
    clients = services()
    usual = clients.settings.thumbnail_side

    def make(preview: bytes) -> bytes | None:
        return larger_thumbnail(preview, LARGE_SIDE, usual)

    return LARGE_THUMBNAIL if await clients.storage.derive(id_, LARGE_THUMBNAIL, make) else "thumbnail"
