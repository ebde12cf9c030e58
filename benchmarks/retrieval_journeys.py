"""
Captions laid out as journeys, and what people ask of photos by kind, after PhotoBench (Xu, Shan et al.,
arXiv 2603.01493).

Its queries need what a photo shows, what its file says (when, where, who, with what), or both, and some have no
answer. Here the images of a set of captions get places, days, people and cameras, so that what is right follows from
the layout. Questions of metadata are asked in English, German, French and Spanish.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from benchmarks.retrieval_corpus import Captions
from benchmarks.retrieval_questions import SEED, TOKEN, UNMATCHED, Question
from benchmarks.retrieval_runs import Document
from shared.photo import Photo, photo_id
from shared.taken_period import period_fields

JOURNEY = 12  # photos of one
PLACES = (
    ("Lisbon", "Portugal"), ("Oslo", "Norway"), ("Kyoto", "Japan"), ("Nairobi", "Kenya"), ("Quito", "Ecuador"),
    ("Dublin", "Ireland"), ("Hanoi", "Vietnam"), ("Perth", "Australia"), ("Seville", "Spain"), ("Graz", "Austria"),
    ("Toronto", "Canada"), ("Cusco", "Peru"), ("Athens", "Greece"), ("Krakow", "Poland"), ("Marrakesh", "Morocco"),
    ("Helsinki", "Finland"), ("Bergen", "Norway"), ("Sapporo", "Japan"), ("Porto", "Portugal"), ("Galway", "Ireland"),
)  # fmt: skip
OTHER_PLACES = ("Reykjavik", "Bogota", "Manila", "Tbilisi", "Havana", "Zagreb", "Dakar", "Riga", "Lima", "Accra")
PEOPLE = ("Ana Costa", "Jonas Weber", "Mei Tanaka", "Claire Dubois", "Samuel Otieno")
CAMERAS = ("Canon EOS R6", "NIKON Z 6", "SONY ILCE-7M3", "FUJIFILM X-T4", "Apple iPhone 13")
FIRST_DAY = date(2016, 2, 10)
MONTH_NAMES = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
MONTHS = {language: names.split() for language, names in MONTH_NAMES.items()}
FROM_PLACE = {"en": "photos from {}", "de": "Fotos aus {}", "fr": "photos de {}", "es": "fotos de {}"}
TAKEN_BY = {"en": "photos by {}", "de": "Fotos von {}", "fr": "photos prises par {}", "es": "fotos tomadas por {}"}


@dataclass(frozen=True)
class Journey:
    """Photos of a few days in one place, by one person, with one camera."""

    images: tuple[str, ...]
    city: str
    country: str
    first_day: date
    person: str
    camera: str

    @property
    def month(self) -> tuple[int, int]:
        return self.first_day.year, self.first_day.month


def journeys(captions: Captions) -> list[Journey]:
    """The images as journeys, the same each time: places come again in other years, as people's do."""
    images = sorted(captions)
    draw = random.Random(SEED)
    draw.shuffle(images)
    parts = [tuple(images[start : start + JOURNEY]) for start in range(0, len(images), JOURNEY)]
    return [
        Journey(part, *place, FIRST_DAY + timedelta(days=61 * number), draw.choice(PEOPLE), draw.choice(CAMERAS))
        for number, (part, place) in enumerate(zip(parts, cycle(PLACES), strict=False))
    ]


def journey_documents(captions: Captions, all_: Sequence[Journey]) -> list[Document]:
    """The photos of the journeys, with their first captions as descriptions."""
    return [_document(captions[image][0], image, each) for each in all_ for image in each.images]


def _document(caption: str, image: str, journey: Journey) -> Document:
    day = journey.first_day + timedelta(days=journey.images.index(image) % 5)
    local, path = f"{day}T12:00:00", f"{image}.jpg"
    photo = Photo(
        id=photo_id(path), path=path, file_name=path, caption=caption, city=journey.city, country=journey.country,
        taken_local=local, taken_precision="day", sorted_at=f"{local}Z", **period_fields(local, "day"),
        creator=journey.person, creators=[journey.person], camera=journey.camera,
    )  # fmt: skip
    return Document(photo)


def journey_questions(captions: Captions, all_: Sequence[Journey], nouns: frozenset[str]) -> list[Question]:
    """Questions of all kinds about the journeys."""
    draw = random.Random(SEED)
    words = {image: set(TOKEN.findall(" ".join(texts).lower())) & nouns for image, texts in captions.items()}
    questions = [
        *_visual(captions, all_),
        *_metadata(all_),
        *(each for journey in all_ for each in _mixed(journey, all_, words, draw)),
        *_without_answer(all_),
    ]
    return list({(each.kind, each.text): each for each in questions}.values())


def _visual(captions: Captions, all_: Sequence[Journey]) -> Iterator[Question]:
    for journey in all_:
        for image in journey.images[:3]:
            if len(captions[image]) > 1:
                yield Question(captions[image][1], "visual", image, frozenset({image}), "en")


def _metadata(all_: Sequence[Journey]) -> Iterator[Question]:
    """Where, when, who, which camera, and two of these together, in four languages by turns."""
    for journey, language in zip(all_, cycle(MONTHS), strict=False):
        year, month = journey.month
        spoken = f"{MONTHS[language][month - 1]} {year}"
        there = _images(each for each in all_ if each.city == journey.city)
        then = frozenset(image for each in all_ for image in each.images if _taken(each, image) == (year, month))
        theirs = _images(each for each in all_ if each.person == journey.person)
        for text, right in (
            (FROM_PLACE[language].format(journey.city), there),
            (spoken, then),
            (TAKEN_BY[language].format(journey.person), theirs),
            (journey.camera, _images(each for each in all_ if each.camera == journey.camera)),
            (f"{journey.city} {spoken}", there & then),
        ):
            yield Question(text, "metadata", journey.images[0], right, language)


def _taken(journey: Journey, image: str) -> tuple[int, int]:
    day = journey.first_day + timedelta(days=journey.images.index(image) % 5)
    return day.year, day.month


def _images(all_: Iterator[Journey]) -> frozenset[str]:
    return frozenset(image for each in all_ for image in each.images)


def _mixed(
    journey: Journey, all_: Sequence[Journey], words: Mapping[str, set[str]], draw: random.Random
) -> Iterator[Question]:
    """What a photo shows with where, when or by whom; and the same where that never came together."""
    there = _images(each for each in all_ if each.city == journey.city)
    theirs = _images(each for each in all_ if each.person == journey.person)
    noun = draw.choice(sorted(words[journey.images[0]]) or ["photo"])
    elsewhere = sorted(set().union(*words.values()) - set().union(*(words[image] for image in there)))
    for text, group in ((f"{noun} in {journey.city}", there), (f"{noun} by {journey.person}", theirs)):
        if right := frozenset(image for image in group if noun in words[image]):
            yield Question(text, "mixed", journey.images[0], right, "en")
    if elsewhere:
        yield Question(f"{draw.choice(elsewhere)} in {journey.city}", UNMATCHED, journey.images[0], frozenset(), "en")


def _without_answer(all_: Sequence[Journey]) -> Iterator[Question]:
    """Places and months that no journey went to or fell in."""
    for place, language in zip(OTHER_PLACES, cycle(MONTHS), strict=False):
        yield Question(FROM_PLACE[language].format(place), UNMATCHED, place, frozenset(), language)
    first, last = all_[0].first_day.year, all_[-1].first_day.year
    for year, language in zip((first - 9, first - 5, last + 3, last + 7), MONTHS, strict=True):
        yield Question(f"{MONTHS[language][4]} {year}", UNMATCHED, str(year), frozenset(), language)
