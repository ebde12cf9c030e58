"""What a photo's facts are put together into: hints for the model, the text to embed, the document."""

from datetime import UTC, datetime

from ingest.describe import Description
from ingest.image import Image, sha256_hex
from shared.photo import Photo, folder_of, photo_id, utc
from shared.storage import BlobInfo

MAX_VISIBLE_TEXT = 2000  # characters of it worth embedding: small models read only about 500 tokens


def hints(name: str, image: Image) -> dict[str, str]:
    """What the file says about itself, by name, for the model to use with care."""
    facts, metadata = image.facts, image.metadata
    lines = {"path": name}
    if facts.taken_at and facts.source != "blob":
        local = facts.taken_at if facts.zone else facts.taken_at.replace(tzinfo=None)
        lines["taken"] = local.isoformat()
    if image.place.country:
        lines["place"] = ", ".join(part for part in (image.place.city, image.place.country) if part)
    if metadata.title or metadata.description:
        lines["note"] = " ".join(part for part in (metadata.title, metadata.description) if part)[:500]
    if metadata.keywords:
        lines["keywords"] = ", ".join(metadata.keywords)[:300]
    return lines


def text_to_embed(name: str, image: Image, description: Description) -> str:
    """Title, caption, tags, embedded metadata, place, folder, date in words and visible text, in order of weight."""
    facts, metadata, place = image.facts, image.metadata, image.place
    parts = [
        description.title,
        description.caption,
        ", ".join(description.tags),
        metadata.title,
        metadata.description,
        ", ".join(metadata.keywords),
        ", ".join(part for part in (place.city, place.country) if part),
        folder_of(name).replace("/", ", ").replace("_", " "),
        f"{facts.taken_at:%A} {facts.taken_at.day} {facts.taken_at:%B %Y}" if facts.taken_at else "",
        description.text_in_photo[:MAX_VISIBLE_TEXT],
    ]
    return "\n".join(part for part in parts if part)


def build_document(
    original: BlobInfo, digest: str, image: Image, description: Description, vector: list[float], *, recipe: str
) -> Photo:
    """The document of a photo; `digest` is the hex SHA-256 of its bytes."""
    facts, metadata = image.facts, image.metadata
    return Photo(
        id=photo_id(original.name),
        path=original.name,
        folder=folder_of(original.name),
        file_name=original.name.rpartition("/")[2],
        **description.model_dump(),
        has_text=bool(description.text_in_photo),
        embedded_title=metadata.title,
        embedded_description=metadata.description,
        keywords=list(metadata.keywords),
        creator=metadata.creator,
        rights=metadata.rights,
        taken_at=utc(facts.taken_at) if facts.taken_at else None,
        taken_at_source=facts.source,
        taken_at_zone=facts.zone,
        location=facts.location,
        city=image.place.city,
        country=image.place.country,
        camera=facts.camera,
        lens=facts.lens,
        software=facts.software,
        width=image.width,
        height=image.height,
        orientation=_orientation(image.width, image.height),
        format=image.format,
        size_bytes=original.size,
        digest=digest,
        perceptual_hash=image.perceptual_hash,
        etag=original.etag,
        recipe=recipe,
        embedded_text=sha256_hex(text_to_embed(original.name, image, description).encode()),
        indexed_at=utc(datetime.now(UTC)),
        vector=vector,
    )


def _orientation(width: int, height: int) -> str:
    return "square" if width == height else "landscape" if width > height else "portrait"
