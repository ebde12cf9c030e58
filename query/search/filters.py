"""Typed filters in, OData out: the only place that builds a filter string."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.photo import Photo, is_photo_id, utc

When = Annotated[str, Field(pattern=r"^\d{4}(-\d\d(-\d\d([T ].{1,40})?)?)?$")]
Word = Annotated[str, Field(max_length=500)]
EXACT_FIELDS = "title,caption,alt_text,text_in_photo,tags,keywords,embedded_title,embedded_description,path,file_name"
MOST_IDS = 100
# No photo is older, and not every reader of OData takes years of less than four digits, zeros in front or not.
FIRST, LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
UNSAFE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Near(BaseModel):
    """Within `km` kilometres of a place given in degrees (WGS 84)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    km: float = Field(10, gt=0, le=20_100)

    @classmethod
    def parse(cls, text: str) -> "Near":
        """`47.37,8.54,5`: latitude, longitude and, if not 10, kilometres."""
        parts = [part.strip() for part in text.split(",")]
        names = ("latitude", "longitude", "km")
        if not 2 <= len(parts) <= len(names):
            raise ValueError("wants latitude,longitude,kilometres, such as 47.37,8.54,5")
        return cls.model_validate(dict(zip(names, parts, strict=False)))


def _near(value: Any) -> Any:
    return Near.parse(value) if isinstance(value, str) else value


def _words(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Filters(BaseModel):
    """
    What narrows a search. Dates are `2024`, `2024-05`, `2024-05-31` or ISO 8601.

    `taken_after` counts from the start of the period it names, `taken_before` ends where its period
    starts, `taken_in` is the whole period. A folder includes its subfolders. `place` is a city or a
    country whatever its case, `city` and `country` are as facets spell them. `people` is `none`, `some`
    or the least number. Every colour must be there, as facets spell it. A camera may be a part of its name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    taken_after: When | None = None
    taken_before: When | None = None
    taken_in: When | None = None
    folder: Word | None = None
    tags: Annotated[list[Word], BeforeValidator(_words), Field(max_length=50)] = []
    any_tag: Annotated[list[Word], BeforeValidator(_words), Field(max_length=50)] = []
    colors: Annotated[list[Word], BeforeValidator(_words), Field(max_length=50)] = []
    camera: Word | None = None
    place: Word | None = None
    city: Word | None = None
    country: Word | None = None
    people: Literal["none", "some"] | Annotated[int, Field(ge=0, le=1000)] | None = None
    orientation: Literal["landscape", "portrait", "square"] | None = None
    near: Annotated[Near, BeforeValidator(_near)] | None = None
    has_text: bool | None = None
    exact: Annotated[list[Word], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _dates_exist(self) -> "Filters":
        for value in (self.taken_after, self.taken_before, self.taken_in):
            if value:
                period(value, UTC)
        return self

    def odata(self, zone: tzinfo | None = None) -> str | None:
        """The filter expression, dates without a zone of their own read in `zone`; None when nothing is filtered."""
        clauses = [*self._when(zone or UTC), *self._where(), *self._what()]
        return " and ".join(clauses) or None

    def _when(self, zone: tzinfo) -> list[str]:
        clauses = []
        if self.taken_after:
            clauses.append(f"taken_at ge {_utc(period(self.taken_after, zone)[0])}")
        if self.taken_before:
            clauses.append(f"taken_at lt {_utc(period(self.taken_before, zone)[0])}")
        if self.taken_in:
            start, end = period(self.taken_in, zone)
            clauses.append(f"taken_at ge {_utc(start)} and taken_at lt {_utc(end)}")
        return clauses

    def _where(self) -> list[str]:
        clauses = []
        if self.folder is not None:
            folder = self.folder.strip("/")
            # '0' follows '/' in the order of characters: between the two lie all subfolders.
            below = f"(folder ge {quoted(folder + '/')} and folder lt {quoted(folder + '0')})"
            clauses.append(f"(folder eq {quoted(folder)} or {below})")
        clauses += [
            f"{field} eq {quoted(value)}" for field, value in (("city", self.city), ("country", self.country)) if value
        ]
        if self.place and (name := phrase(self.place)):
            clauses.append(f"search.ismatch({quoted(name)}, 'city,country')")
        if self.near:
            point = f"geography'POINT({self.near.longitude:.6f} {self.near.latitude:.6f})'"
            clauses.append(f"geo.distance(location, {point}) le {self.near.km:.6f}")
        return clauses

    def _what(self) -> list[str]:
        clauses = [f"tags/any(tag: tag eq {quoted(tag.lower())})" for tag in self.tags]
        if self.any_tag:
            either = " or ".join(f"tag eq {quoted(tag.lower())}" for tag in self.any_tag)
            clauses.append(f"tags/any(tag: {either})")
        clauses += [f"colors/any(color: color eq {quoted(color)})" for color in self.colors]
        if self.camera and (name := phrase(self.camera)):
            clauses.append(f"search.ismatch({quoted(name)}, 'camera')")
        if self.people is not None:
            clauses.append(_people(self.people))
        if self.orientation:
            clauses.append(f"orientation eq {quoted(self.orientation)}")
        if self.has_text is not None:
            clauses.append("has_text" if self.has_text else "not has_text")
        exact = [words for given in self.exact if (words := phrase(given))]
        return clauses + [f"search.ismatch({quoted(words)}, '{EXACT_FIELDS}')" for words in exact]


def among(ids: Sequence[str]) -> str | None:
    """Whether the id is one of these; whatever cannot be an id is left out, and None is returned if nothing is left."""
    valid = [id_ for id_ in dict.fromkeys(ids) if is_photo_id(id_)][:MOST_IDS]
    return f"search.in(id, {quoted(','.join(valid))}, ',')" if valid else None


def others(photo: Photo) -> str:
    """All photos but this one and those with the same bytes."""
    return f"id ne {quoted(photo.id)} and digest ne {quoted(photo.digest)}"


def phrase(text: str) -> str:
    """Words as a phrase of the simple query syntax; empty if there are none."""
    words = UNSAFE.sub(" ", text).replace('"', " ").replace("\\", " ").strip()
    return f'"{words}"' if re.search(r"\w", words) else ""


def _people(people: int | str) -> str:
    if people in ("none", 0):
        return "people eq 0"
    return f"people ge {1 if people == 'some' else people}"


def quoted(text: str) -> str:
    """A string literal: the quote is doubled, and characters no filter should hold are dropped."""
    return "'" + UNSAFE.sub("", text).replace("'", "''") + "'"


def period(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The start and the end (exclusive) of a year, a month or a day; of a moment, the moment twice."""
    parts = [int(part) for part in text[:10].split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    start = datetime(year, month, day, tzinfo=zone)
    if len(text) > 10:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment, moment
    if year == LAST.year:  # there is no date after it
        return start, LAST
    if len(parts) == 1:
        return start, start.replace(year=year + 1)
    if len(parts) == 2:
        return start, (start + timedelta(days=32)).replace(day=1)
    return start, start + timedelta(days=1)


def _utc(moment: datetime) -> str:
    """The moment as the service takes it; the last of all may not exist in UTC."""
    try:
        return utc(max(moment, FIRST))
    except OverflowError:
        return utc(LAST)
