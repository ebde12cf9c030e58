"""Typed filters in, OData out: the only module that builds a filter expression."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.catalogue.conditions import Condition, conditions
from shared.catalogue.in_force import catalogue, vocabulary
from shared.photo import PATH_SEPARATOR, Photo, is_photo_id, wall_clock
from shared.search.folding import folded_phrase
from shared.search.search_words import FOLDED_TEXTS
from shared.taken_period import LATEST, period_end

DateText = Annotated[str, Field(pattern=r"^\d{4}(-\d\d(-\d\d([T ].{1,40})?)?)?$")]
FilterText = Annotated[str, Field(max_length=500)]
EXACT_FIELDS = (
    "title,caption,alt_text,text_in_photo,tags,keywords,keyword_paths,embedded_title,embedded_description,path,"
    "file_name,creator,creators,credit,rights,usage_terms,persons"
)
KNOWN_TO = {"year": "taken_precision eq 'year'", "month": "taken_local ne null and taken_precision ne 'year'"}
MAX_IDS = 100
MAX_EQUAL = 50  # tags that are compared one by one; more are one comparison with a list
# No photo is older, and not every OData parser accepts years before 1000, with or without leading zeros.
EARLIEST = datetime(1000, 1, 1)
# In an address that is not encoded, a plus is a blank.
LOST_PLUS = re.compile(r"([T ]\S+) (?=\d\d:?\d\d$)")
UNSAFE_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


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
            raise ValueError("must be latitude,longitude,kilometres, such as 47.37,8.54,5")
        return cls.model_validate(dict(zip(names, parts, strict=False)))


def _parse_near(value: Any) -> Any:
    return Near.parse(value) if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[FilterText], BeforeValidator(_as_list), Field(max_length=50)]
FieldFilters = Annotated[dict[str, Names], Field(max_length=50)]


class Filters(BaseModel):
    """
    What narrows a search. Dates are `2024`, `2024-05`, `2024-05-31` or ISO 8601.

    `taken_after` counts from the start of the period it names, `taken_before` ends where its period
    starts, `taken_in` is the whole period. A photo passes if the whole of what is known of its date does: one of
    1969 is in `1969`, but not in `1969-01`. Without an offset they mean the clock on the wall where a photo
    was taken. A moment with an offset is compared with the instant; a photo whose zone is not known has none,
    so its wall clock is read as one of that offset. `dated` tells photos whose date is known from the others,
    which pass no filter by date.

    A folder includes its subfolders. `place` is a city, a state or a country in any case, `city`, `state` and
    `country` are spelt as facets spell them. `people` is `none`, `some` or the least number. A photo must have
    every colour, spelt as facets spell it. `camera` may be a part of its name. From `creators` on, they are about
    what the file says of itself, or what people wrote in its place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    taken_after: DateText | None = None
    taken_before: DateText | None = None
    taken_in: DateText | None = None
    dated: bool | None = None
    known_to: Literal["year", "month"] | None = Field(
        None, description="`year`: of the date only the year is known. `month`: at least the month is known."
    )
    folder: FilterText | None = None
    tags: Annotated[list[FilterText], BeforeValidator(_as_list), Field(max_length=50)] = []
    any_tag: Annotated[list[FilterText], BeforeValidator(_as_list), Field(max_length=50)] = []
    colors: Annotated[list[FilterText], BeforeValidator(_as_list), Field(max_length=50)] = []
    camera: FilterText | None = None
    place: FilterText | None = None
    city: FilterText | None = None
    state: FilterText | None = None
    country: FilterText | None = None
    people: Literal["none", "some"] | Annotated[int, Field(ge=0, le=1000)] | None = None
    orientation: Literal["landscape", "portrait", "square"] | None = None
    near: Annotated[Near, BeforeValidator(_parse_near)] | None = None
    has_text: bool | None = None
    creators: Names = Field([], description="Creators a photo must all have, spelt as facets spell them.")
    made_by: FilterText | None = Field(None, description="A creator's name or a part of it, in any case.")
    credit: FilterText | None = Field(None, description="The credit line, spelt as in the file.")
    rights: FilterText | None = Field(None, description="A phrase of the rights or usage terms, in any case.")
    rating: Literal["none", "rejected"] | Annotated[int, Field(ge=0, le=5)] | None = Field(
        None, description="The least number of stars, or `none` or `rejected`."
    )
    max_rating: Annotated[int, Field(ge=1, le=5)] | None = Field(None, description="The most stars, and at least one.")
    keywords: Names = Field([], description="Keywords a photo must all have, spelt as facets spell them.")
    keyword_paths: Names = Field([], description="Keyword paths, such as `space > moon`, with all below them.")
    filed_under: FilterText | None = Field(None, description="A keyword or a part of one, in any case.")
    persons: Names = Field([], description="Persons a photo must all show, spelt as facets spell them.")
    favorite: bool | None = Field(None, description="Whether somebody marked it as a favourite.")
    reviewed: bool | None = Field(None, description="Whether somebody has looked at what is said of it.")
    without: Names = Field([], description="Words that neither the tags nor the title of a photo may have.")
    fields: FieldFilters = Field({}, description="What the fields of the library's own must be, by their names.")
    collection: FilterText | None = Field(None, description="A collection, by its id or its name.")
    in_collection: str | None = None  # OData: what it means for a photo to be in that collection
    exact: Annotated[list[FilterText], Field(max_length=50)] = []
    about_year: Annotated[str, Field(pattern=r"^\d{4}$")] | None = None  # taken then, or in a folder that says so
    about_place: FilterText | None = None  # the photo lies there, or its words say so: few photos have a position

    @model_validator(mode="after")
    def _check_dates(self) -> "Filters":
        for value in (self.taken_after, self.taken_before, self.taken_in, self.about_year):
            if value:
                date_range(value)
        return self

    @model_validator(mode="after")
    def _check_fields(self) -> "Filters":
        for name, texts in self.fields.items():
            _field_clauses(name, texts)
        return self

    def odata(self) -> str | None:
        """The filter expression; None when nothing is filtered. A collection must have been looked up before."""
        assert self.in_collection or not self.collection
        clauses = [*self._date_clauses(), *self._location_clauses(), *self._content_clauses()]
        clauses += self._metadata_clauses()
        clauses += [clause for name, texts in self.fields.items() for clause in _field_clauses(name, texts)]
        if self.in_collection:
            clauses.append(self.in_collection)
        return " and ".join(clauses) or None

    def _date_clauses(self) -> list[str]:
        clauses = []
        if self.taken_after:
            clauses.append(_taken_from(date_range(self.taken_after)[0]))
        if self.taken_before:
            clauses.append(_taken_before(date_range(self.taken_before)[0]))
        if self.taken_in:
            start, end = date_range(self.taken_in)
            clauses += [_taken_from(start), _taken_before(end)]
        if self.about_year:
            start, end = date_range(self.about_year)
            named = f"search.ismatch('\"{self.about_year}\"', 'path')"
            clauses.append(f"({_taken_from(start)} and {_taken_before(end)} or {named})")
        if self.dated is not None:
            clauses.append(f"taken_local {'ne' if self.dated else 'eq'} null")
        if self.known_to:
            clauses.append(KNOWN_TO[self.known_to])
        return clauses

    def _location_clauses(self) -> list[str]:
        clauses = []
        if self.folder is not None:
            folder = self.folder.strip("/")
            # '0' is the character after '/', so all subfolders sort between the two.
            subfolders = f"(folder ge {string_literal(folder + '/')} and folder lt {string_literal(folder + '0')})"
            clauses.append(f"(folder eq {string_literal(folder)} or {subfolders})")
        clauses += [
            f"{field} eq {string_literal(value)}"
            for field, value in (("city", self.city), ("state", self.state), ("country", self.country))
            if value
        ]
        if self.place and (name := quoted_phrase(self.place)):
            clauses.append(f"search.ismatch({string_literal(name)}, 'city,state,country')")
        if self.about_place and (name := quoted_spellings(self.about_place)):
            clauses.append(f"search.ismatch({string_literal(name)}, 'city,state,country,{phrase_fields()}')")
        if self.near:
            point = f"geography'POINT({self.near.longitude:.6f} {self.near.latitude:.6f})'"
            clauses.append(f"geo.distance(location, {point}) le {self.near.km:.6f}")
        return clauses

    def _content_clauses(self) -> list[str]:
        clauses = [_tag_clause([tag]) for tag in self.tags]
        if self.any_tag:
            clauses.append(_tag_clause(self.any_tag))
        clauses += [f"colors/any(color: color eq {string_literal(color)})" for color in self.colors]
        if self.camera and (name := quoted_phrase(self.camera)):
            clauses.append(f"search.ismatch({string_literal(name)}, 'camera')")
        if self.people is not None:
            clauses.append(_people_clause(self.people))
        if self.orientation:
            clauses.append(f"orientation eq {string_literal(self.orientation)}")
        if self.has_text is not None:
            clauses.append("has_text" if self.has_text else "not has_text")
        phrases = [phrase for text in self.exact if (phrase := quoted_spellings(text))]
        clauses += [f"search.ismatch({string_literal(phrase)}, '{phrase_fields()}')" for phrase in phrases]
        unwanted = [phrase for text in self.without if (phrase := quoted_phrase(text))]
        return clauses + [f"not search.ismatch({string_literal(phrase)}, 'tags,title')" for phrase in unwanted]

    def _metadata_clauses(self) -> list[str]:
        """What the file says of itself."""
        # Photos indexed before `creators` have all names in `creator`.
        clauses = [
            f"(creator eq {name} or creators/any(person: person eq {name}))" for name in _literals(self.creators)
        ]
        clauses += [
            f"search.ismatch({string_literal(phrase)}, '{fields}')"
            for fields, text in (
                ("creator,creators", self.made_by),
                ("keywords,keyword_paths", self.filed_under),
                ("rights,usage_terms", self.rights),
            )
            if text and (phrase := quoted_phrase(text))
        ]
        if self.credit:
            clauses.append(f"credit eq {string_literal(self.credit)}")
        if self.rating is not None:
            clauses.append(_rating_clause(self.rating))
        if self.max_rating is not None:
            clauses.append(f"rating ge 1 and rating le {self.max_rating}")
        clauses += [f"keywords/any(word: word eq {word})" for word in _literals(self.keywords)]
        clauses += [f"persons/any(person: person eq {name})" for name in _literals(self.persons)]
        # Photos indexed before there were edits have neither true nor false.
        clauses += [f"{name} {'eq' if value else 'ne'} true" for name, value in self._marks() if value is not None]
        paths = [_keyword_path(path) for path in self.keyword_paths]
        return clauses + [f"keyword_path_prefixes/any(path: path eq {path})" for path in _literals(paths)]

    def _marks(self) -> list[tuple[str, bool | None]]:
        return [("favorite", self.favorite), ("reviewed", self.reviewed)]


def _tag_clause(words: Sequence[str]) -> str:
    """Photos with one of these tags, with a synonym of one, or with a tag that the vocabulary has below it."""
    tags = list(dict.fromkeys(tag for word in words for tag in vocabulary().including(word.lower())))
    if len(tags) <= MAX_EQUAL:
        return f"tags/any(tag: {' or '.join(f'tag eq {string_literal(tag)}' for tag in tags)})"
    return f"tags/any(tag: search.in(tag, {string_literal(','.join(tags))}, ','))"


def phrase_fields() -> str:
    """Where a phrase is looked for: in what people see, and folded."""
    return ",".join([EXACT_FIELDS, FOLDED_TEXTS, *(each.index_name for each in catalogue().fields if each.searchable)])


def _field_clauses(name: str, texts: Sequence[str]) -> list[str]:
    """The clauses for a field of the library's own: of a choice, any of the values; else all that is asked."""
    field = catalogue().by_name.get(name)
    if field is None:
        raise ValueError(f"there is no field.{name[:60]}; the fields are {', '.join(catalogue().by_name) or 'none'}")
    clauses = [
        " and ".join(_condition_clause(field.index_name, field.type, each) for each in conditions(field, text))
        for text in texts
    ]
    return [f"({' or '.join(clauses)})"] if field.type == "choice" and clauses else clauses


def _condition_clause(name: str, type_: str, condition: Condition) -> str:
    """One comparison of a field of the index."""
    value = condition.value
    if condition.operator == "missing":
        return f"not {name}/any()" if type_ == "multi-choice" else f"{name} eq null"
    if condition.operator == "phrase":
        phrase = quoted_phrase(str(value))
        return f"search.ismatch({string_literal(phrase)}, '{name}')" if phrase else f"{name} eq {_plain_literal(value)}"
    if condition.operator == "has":
        return f"{name}/any(value: value eq {string_literal(str(value))})"
    return f"{name} {condition.operator} {_plain_literal(value)}"


def _plain_literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return string_literal(value) if isinstance(value, str) else format(value, ".10f").rstrip("0").rstrip(".")


def id_filter(ids: Sequence[str]) -> str | None:
    """The photos with these ids; what cannot be an id is left out, and None means that no id is left."""
    valid = [id_ for id_ in dict.fromkeys(ids) if is_photo_id(id_)][:MAX_IDS]
    return f"search.in(id, {string_literal(','.join(valid))}, ',')" if valid else None


def other_photos_filter(photo: Photo) -> str:
    """All photos but this one and those with the same bytes."""
    return f"id ne {string_literal(photo.id)} and digest ne {string_literal(photo.digest)}"


def image_recipe_filter(recipe: str, filter_: str | None) -> str:
    """The photos that the filter matches whose pictures have a vector of this recipe."""
    clause = f"image_recipe eq {string_literal(recipe)}"
    return f"({filter_}) and {clause}" if filter_ else clause


def both(one: str | None, other: str) -> str:
    """The photos that pass both filters; None lets all through."""
    return f"{_in_brackets(one)} and {_in_brackets(other)}" if one else other


def all_words(text: str, fields: Sequence[str]) -> str:
    """The photos that hold every word of a text in the simple query syntax, each in any of the fields."""
    return f"search.ismatch({string_literal(text)}, '{','.join(fields)}', 'simple', 'all')"


def among(ids: Sequence[str]) -> str:
    """The photos with these ids of ours, however many; none without ids."""
    return f"search.in(id, {string_literal(','.join(ids))}, ',')"


def not_among(ids: Sequence[str]) -> str:
    """All photos but these."""
    return f"not {among(ids)}"


def _in_brackets(clause: str) -> str:
    return f"({clause})"


def quoted_phrase(text: str) -> str:
    """The text as a phrase of the simple query syntax; empty if it has no words."""
    words = UNSAFE_CHARACTERS.sub(" ", text).replace('"', " ").replace("\\", " ").strip()
    return f'"{words}"' if re.search(r"\w", words) else ""


def quoted_spellings(text: str) -> str:
    """The text as a phrase, and as a second one folded if that is another, either of which is enough."""
    phrases = (quoted_phrase(text), quoted_phrase(folded_phrase(text)))
    return " ".join(phrase for phrase in phrases if phrase)


def _people_clause(people: int | str) -> str:
    if people in ("none", 0):
        return "people eq 0"
    return f"people ge {1 if people == 'some' else people}"


def _rating_clause(rating: int | str) -> str:
    if rating == "rejected":
        return "rating eq -1"
    return "(rating eq null or rating eq 0)" if rating in ("none", 0) else f"rating ge {rating}"


def _keyword_path(text: str) -> str:
    """A keyword path as the index spells it, whatever spaces are around its arrows and at its ends."""
    words = (" ".join(word.split()) for word in text.split(PATH_SEPARATOR.strip()))
    return PATH_SEPARATOR.join(word for word in words if word)


def _literals(texts: Sequence[str]) -> list[str]:
    return [string_literal(text) for text in texts]


def string_literal(text: str) -> str:
    """The text as an OData string: quotes are doubled, and control characters are dropped."""
    return "'" + UNSAFE_CHARACTERS.sub("", text).replace("'", "''") + "'"


def date_range(text: str) -> tuple[datetime, datetime]:
    """
    The start and the end (exclusive) of a year, a month or a day; for a moment, the moment twice.

    They are aware only for a moment with an offset, else readings of a wall clock.
    """
    parts = [int(part) for part in text[:10].split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    start = datetime(year, month, day)
    if len(text) > 10:
        moment = datetime.fromisoformat(LOST_PLUS.sub(r"\1+", text))
        return moment, moment
    return start, period_end(start, ("year", "month", "day")[len(parts) - 1])


def _taken_from(start: datetime) -> str:
    """The clause for photos of which nothing that is known lies before this instant or reading of a wall clock."""
    return _by_clock_or_instant(start, f"taken_local ge {_literal(start)}", "taken_at ge")


def _taken_before(end: datetime) -> str:
    """The clause for photos of which all that is known lies before this instant or reading of a wall clock."""
    return _by_clock_or_instant(end, f"taken_until le {_literal(end)}", "taken_at lt")


def _by_clock_or_instant(moment: datetime, by_wall_clock: str, by_instant: str) -> str:
    if moment.tzinfo is None:
        return by_wall_clock
    return f"({by_instant} {_literal(_in_utc(moment))} or taken_at eq null and {by_wall_clock})"


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC, without its zone; the last one there is instead of one after it."""
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return EARLIEST if moment.year == datetime.min.year else LATEST


def _literal(moment: datetime) -> str:
    """A time as the service takes it, in whole seconds."""
    return wall_clock(max(moment.replace(tzinfo=None), EARLIEST)) + "Z"
