"""What the model reads about photos: short names, no empty fields, and nothing but data."""

from collections.abc import Sequence
from itertools import accumulate

from shared.catalogue.in_force import catalogue
from shared.catalogue.values import value_text
from shared.photo import Photo, precise
from shared.prompt_text import (
    PromptObject,
    PromptText,
    PromptValue,
    joined,
    own,
    prompt_facts,
    untrusted,
    untrusted_excerpt,
    untrusted_prose,
)
from shared.search.results import Hit

MAX_TEXT = 900  # characters of a caption or of text in a photo that the model reads
RESULT_TEXT_BUDGET = 14_000  # characters of captions and text in one result, about 3,500 tokens
MAX_BRIEF_TEXT = 160
MAX_WORDS = 600  # characters of a longer text in a file, such as its rights, or of a list, such as its keywords
WORDS_BUDGET = 6_000  # characters of each of them in one result
MAX_BRIEF_WORDS = 240
MAX_TAGS = 50
MAX_VALUE = 200  # characters of a field of the library's own
MAX_LACKING = 10  # words of a query
MAX_PLACE = 100  # characters of a city, a state or a country
REJECTED = -1
COMMA = own(", ")


def full_payload(number: int, hit: Hit, *, hit_count: int = 1, lacks: Sequence[str] = ()) -> PromptObject:
    """A photo that was just found, under the number that cites it; see `photo_facts`."""
    return prompt_facts(n=number, **photo_facts(hit, hit_count=hit_count, lacks=lacks))


def photo_facts(hit: Hit, *, hit_count: int = 1, lacks: Sequence[str] = ()) -> dict[str, PromptValue]:
    """What is known of a photo, one of `hit_count`, which share the text budget; it `lacks` words of the query."""
    photo, max_text = hit.photo, min(MAX_TEXT, RESULT_TEXT_BUDGET // (2 * max(hit_count, 1)))
    max_words = min(MAX_WORDS, WORDS_BUDGET // max(hit_count, 1))
    return dict(
        **_common_fields(photo),
        caption=untrusted_prose(photo.caption, max_text),
        tags=_names(photo.tags[:MAX_TAGS], 60),
        text_in_photo=untrusted_prose(photo.text_in_photo, max_text),
        setting=untrusted(photo.setting, 30),
        colors=_names(photo.colors[:MAX_TAGS], 60),
        camera=untrusted(photo.camera or "", 80),
        location=photo.location and prompt_facts(latitude=photo.location[1], longitude=photo.location[0]),
        alike=len(hit.alike),
        fields=_own_fields(photo, max_words),
        lacks=_names(lacks[:MAX_LACKING], 60),
        file=file_payload(photo, max_words),
    )


def brief_payload(number: int, photo: Photo) -> PromptObject:
    """A photo of an earlier turn, so that the conversation can go back to it."""
    return prompt_facts(
        n=number,
        **_common_fields(photo),
        alt_text=untrusted_prose(photo.alt_text or photo.caption, MAX_BRIEF_TEXT),
        tags=_names(photo.tags[:10], 60),
        text_in_photo=untrusted_prose(photo.text_in_photo, MAX_BRIEF_TEXT),
        fields=_own_fields(photo, MAX_BRIEF_WORDS),
        file=file_payload(photo, MAX_BRIEF_WORDS),
    )


def file_payload(photo: Photo, max_words: int) -> PromptObject:
    """
    What people wrote into the file, apart from what a model saw in the picture.

    Each of the longer texts and of the lists has at most `max_words` characters. A text that was cut ends with an
    ellipsis: a licence may go on with "not".
    """
    rights = photo.rights if photo.rights != photo.usage_terms else ""  # they are one where only terms are given
    return prompt_facts(
        title=untrusted_prose(photo.embedded_title, 200),
        description=untrusted_excerpt(photo.embedded_description, max_words),
        creators=_names_that_fit(photo.creators or [photo.creator], max_words),
        credit=untrusted(photo.credit, 200),
        persons=_names_that_fit(photo.persons, max_words),
        rights=untrusted_excerpt(rights, max_words),
        usage_terms=untrusted_excerpt(photo.usage_terms, max_words),
        rating=own("rejected") if photo.rating == REJECTED else photo.rating or None,
        keywords=_names_that_fit(photo.keywords, max_words),
        keyword_paths=_names_that_fit(photo.keyword_paths, max_words),
    )


def _names(names: Sequence[str], max_length: int) -> list[PromptText]:
    return [untrusted(name, max_length) for name in names]


def _names_that_fit(names: Sequence[str], max_length: int) -> list[PromptText]:
    """The first of the names, as many as fit."""
    cleared = _names([name for name in names if name], 120)
    ends = accumulate(len(name) for name in cleared)
    return [name for name, end in zip(cleared, ends, strict=True) if end <= max_length]


def _own_fields(photo: Photo, max_words: int) -> PromptObject:
    """The values of the library's own fields, by their names: the first of them, as many as fit."""
    names = [name for name in catalogue().by_name if name in photo.custom]
    texts = [untrusted(value_text(photo.custom[name]), MAX_VALUE) for name in names]
    ends = accumulate(len(name) + len(text) for name, text in zip(names, texts, strict=True))
    fitting = zip(names, texts, ends, strict=True)
    return prompt_facts(**{name: text for name, text, end in fitting if end <= max_words})


def _common_fields(photo: Photo) -> dict[str, PromptValue]:
    return {
        "id": untrusted(photo.id, 64),
        "path": untrusted(photo.path, 300),
        "folder": untrusted(photo.folder, 300),
        "title": untrusted_prose(photo.title, 200),
        "taken_at": untrusted(_taken(photo), 40),
        "place": joined(COMMA, _names([photo.city, photo.state, photo.country], MAX_PLACE)),
        "people": photo.people,
    }


def _taken(photo: Photo) -> str:
    """The clock on the wall, as much of it as is known, and its offset: `2024-12-31T22:30:00-05:00`, `1969-07`."""
    if not photo.taken_local:
        return ""
    return precise(photo.taken_local, photo.taken_precision) + (photo.taken_zone or "")
