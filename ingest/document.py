"""What a photo's facts are put together into: hints for the model, the document."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.companions import PhotoFiles
from ingest.describe import Description
from ingest.facts.facts import Facts
from ingest.image import Image
from ingest.path_words import path_words
from ingest.versions import STAMP
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.values import usable_values
from shared.edits import faults_of, original_of, rebound
from shared.embedded_text import date_in_words
from shared.languages import ENGLISH
from shared.photo import Photo, folder_of, path_prefixes, photo_id, precise, utc, wall_clock
from shared.prompt_text import NOTHING, PromptTemplate, PromptText, joined, own, untrusted_line
from shared.storage import BlobInfo
from shared.taken_period import period_fields

MAX_PATH = 500  # characters of a path that the model reads
NO_HINTS = own("no hints")  # some servers refuse an empty text
TAKEN, PLACE = PromptTemplate("taken: $text"), PromptTemplate("place: $text")
NOTE, KEYWORDS = PromptTemplate("note: $text"), PromptTemplate("keywords: $text")


def hints(name: str, image: Image) -> PromptText:
    """What the file says about itself, for the model to use with care: lines such as `taken: 2024-05-01`."""
    path = own("path: $path", path=untrusted_line(name, MAX_PATH))
    return joined(own("\n"), [path, *_hints_of(image, _iso_time(image.facts))])


def hints_for_all(image: Image, *, has_sidecars: bool) -> PromptText:
    """What the bytes of a file say, wherever it lies: nothing of its path, or of what lies beside it."""
    if has_sidecars:
        return NO_HINTS
    is_in_name = image.facts.taken_source == "file_name"
    return joined(own("\n"), _hints_of(image, "" if is_in_name else _iso_time(image.facts))) or NO_HINTS


def _hints_of(image: Image, taken: str) -> list[PromptText]:
    facts, place = image.facts, image.place
    note = " ".join(part for part in (_title(facts), facts.description) if part)
    return [
        _hint(TAKEN, taken, 40),
        _hint(PLACE, ", ".join(part for part in (place.city, place.country) if part), 200),
        _hint(NOTE, note, 500),
        _hint(KEYWORDS, ", ".join(facts.keywords), 300),
    ]


def _hint(line: PromptTemplate, text: str, max_length: int) -> PromptText:
    """The line with the text in it; empty without a text, and never more than one line."""
    words = untrusted_line(text, max_length)
    return line.fill(text=words) if words else NOTHING


def description_of(photo: Photo) -> Description:
    """The description in a document, as a model gave it. It was checked when it was made, by rules of its time."""
    photo = original_of(photo)
    values = {name: getattr(photo, name) for name in Description.model_fields if name != "fields"}
    values["tags"] = [*photo.tags, *photo.suggested_tags]
    values["suggested_tags"] = []
    values["fields"] = usable_values(photo.custom, catalogue().asked)
    if not photo.caption_language:  # its release knew no other language
        values["caption_language"] = ENGLISH
    return Description.model_construct(**values)


def build_document(
    original: BlobInfo,
    digest: str,
    image: Image,
    description: Description,
    *,
    recipe: str,
    sidecar_digest: str = "",
) -> Photo:
    """
    The document of a photo without its vector, and as if nobody had edited it.

    `digest` is the hex SHA-256 of its bytes, `sidecar_digest` tells its sidecars.
    """
    facts = image.facts
    times = _times(facts, original.arrived or original.last_modified)
    named_date = date_in_words(times["taken_local"], facts.taken_precision) if facts.taken_source == "file_name" else ""
    return Photo(
        id=photo_id(original.name),
        **_names(original.name, named_date),
        **description.model_dump(exclude={"fields", "tags", "suggested_tags"}),
        **_tags(description),
        custom=usable_values(description.fields, catalogue().asked),
        has_text=bool(description.text_in_photo),
        embedded_title=_title(facts),
        embedded_description=facts.description,
        keywords=list(facts.keywords),
        keyword_paths=list(facts.keyword_paths),
        keyword_path_prefixes=path_prefixes(facts.keyword_paths),
        creator=", ".join(facts.creators),
        creators=list(facts.creators),
        credit=facts.credit,
        rights=facts.rights or facts.usage_terms,
        usage_terms=facts.usage_terms,
        rating=facts.rating,
        **times,
        location=facts.location,
        city=image.place.city,
        state=image.place.state,
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
        sidecar_digest=sidecar_digest,
        recipe=recipe,
        **STAMP,
        indexed_at=utc(datetime.now(UTC)),
    )


def renamed(photo: Photo, original: PhotoFiles) -> Photo:
    """The document of a photo whose file has another name now, and whose sidecars have, too."""
    more = photo.path_words.removeprefix(path_words(photo.path)).strip()
    moved = replace(
        photo, id=photo_id(original.name), **_names(original.name, more), sidecar_digest=original.sidecar_digest
    )
    return rebound(replace(moved, alt_text_faults=faults_of(moved)), etag=original.etag)


def _names(path: str, more_words: str) -> dict[str, Any]:
    return {
        "path": path,
        "folder": folder_of(path),
        "file_name": path.rpartition("/")[2],
        "path_words": path_words(path, more_words),
    }


def _tags(description: Description) -> dict[str, Any]:
    """A model's words as tags of the vocabulary, if there is one, and those beyond it."""
    words = [*description.tags, *description.suggested_tags]
    tags, beyond = vocabulary().sort(words) if vocabulary().terms else (words, [])
    return {"tags": tags, "suggested_tags": beyond}


def _title(facts: Facts) -> str:
    return facts.title or facts.headline


def _times(facts: Facts, arrival: datetime) -> dict[str, Any]:
    """When it was taken, as far as that is known, and what it sorts by."""
    local = wall_clock(facts.taken_local) if facts.taken_local else None
    return {
        "taken_local": local,
        "taken_zone": facts.taken_zone,
        "taken_precision": facts.taken_precision,
        "taken_at": facts.taken_at and utc(facts.taken_at),
        "taken_at_source": facts.taken_source,
        "taken_at_zone": facts.taken_zone,
        "arrived_at": utc(arrival),
        "sorted_at": local + "Z" if local else utc(arrival),
        **period_fields(local, facts.taken_precision),
    }


def _iso_time(facts: Facts) -> str:
    """`2024-05-01T10:11:12+02:00`, or as much of it as is known."""
    if not facts.taken_local:
        return ""
    return precise(wall_clock(facts.taken_local), facts.taken_precision) + (facts.taken_zone or "")


def _orientation(width: int, height: int) -> str:
    return "square" if width == height else "landscape" if width > height else "portrait"
