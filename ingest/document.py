"""What is known of a photo put together: the hints for the model, the text that is embedded, the document."""

from datetime import UTC, datetime

from ingest.describe import Description
from ingest.image import Image, sha256_hex
from shared.photo import Photo, folder_of, photo_id, utc
from shared.storage import BlobInfo

LONGEST = 2000  # characters of visible text worth embedding: small models read about 500 tokens in all


def hints(name: str, image: Image) -> dict[str, str]:
    """What the file says of itself, one `name: value` each, for the model to use with care."""
    facts, own = image.facts, image.metadata
    known = {"path": name}
    if facts.taken_at and facts.source != "blob":
        local = facts.taken_at if facts.zone else facts.taken_at.replace(tzinfo=None)
        known["taken"] = local.isoformat()
    if image.place.country:
        known["place"] = ", ".join(part for part in (image.place.city, image.place.country) if part)
    if own.title or own.description:
        known["note"] = " ".join(part for part in (own.title, own.description) if part)[:500]
    if own.keywords:
        known["keywords"] = ", ".join(own.keywords)[:300]
    return known


def text_to_embed(name: str, image: Image, description: Description) -> str:
    """Title, caption, tags, what people wrote, place, folder, date in words and visible text, most telling first."""
    facts, own, place = image.facts, image.metadata, image.place
    parts = [
        description.title,
        description.caption,
        ", ".join(description.tags),
        own.title,
        own.description,
        ", ".join(own.keywords),
        ", ".join(part for part in (place.city, place.country) if part),
        folder_of(name).replace("/", ", ").replace("_", " "),
        f"{facts.taken_at:%A} {facts.taken_at.day} {facts.taken_at:%B %Y}" if facts.taken_at else "",
        description.text_in_photo[:LONGEST],
    ]
    return "\n".join(part for part in parts if part)


def build_document(
    seen: BlobInfo, digest: str, image: Image, description: Description, vector: list[float], *, recipe: str
) -> Photo:
    """The document of a photo."""
    facts, own = image.facts, image.metadata
    return Photo(
        id=photo_id(seen.name),
        path=seen.name,
        folder=folder_of(seen.name),
        file_name=seen.name.rpartition("/")[2],
        **description.model_dump(),
        has_text=bool(description.text_in_photo),
        embedded_title=own.title,
        embedded_description=own.description,
        keywords=list(own.keywords),
        creator=own.creator,
        rights=own.rights,
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
        size_bytes=seen.size,
        digest=digest,
        perceptual_hash=image.perceptual_hash,
        etag=seen.etag,
        recipe=recipe,
        embedded_text=sha256_hex(text_to_embed(seen.name, image, description).encode()),
        indexed_at=utc(datetime.now(UTC)),
        vector=vector,
    )


def _orientation(width: int, height: int) -> str:
    return "square" if width == height else "landscape" if width > height else "portrait"
