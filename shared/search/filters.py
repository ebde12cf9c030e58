"""Typed filters in, OData out: with `odata.py` and `time_clauses.py` all that builds a filter expression."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.catalogue.conditions import Condition, conditions
from shared.catalogue.in_force import catalogue, vocabulary
from shared.photo import PATH_SEPARATOR
from shared.search.any_spelling import holds_words
from shared.search.bounds import Bounds
from shared.search.odata import quoted_phrase, quoted_spellings, string_literal
from shared.search.search_words import FOLDED_TEXTS
from shared.search.time_clauses import date_range, taken_before, taken_from

DateText = Annotated[str, Field(pattern=r"^\d{4}(-\d\d(-\d\d([T ].{1,40})?)?)?$")]
FilterText = Annotated[str, Field(max_length=500)]
EXACT_FIELDS = (
    "title,caption,alt_text,text_in_photo,tags,keywords,keyword_paths,embedded_title,embedded_description,path,"
    "file_name,creator,creators,credit,rights,usage_terms,persons"
)
KNOWN_TO = {"year": "taken_precision eq 'year'", "month": "taken_local ne null and taken_precision ne 'year'"}
MAX_EQUAL = 50  # tags that are compared one by one; more are one comparison with a list


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

    A folder includes its subfolders. `place` is a city, a state or a country in any case, with or without accents,
    `city`, `state` and `country` are spelt as facets spell them. `people` is `none`, `some` or the least number. A
    photo must have every colour, spelt as facets spell it. `camera` may be a part of its name. From `creators` on,
    they are about what the file says of itself, or what people wrote in its place.
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
    bounds: Annotated[Bounds, BeforeValidator(Bounds.parse)] | None = Field(
        None, description="A part of the map: west, south, east and north, in degrees."
    )
    has_text: bool | None = None
    creators: Names = Field([], description="Creators a photo must all have, spelt as facets spell them.")
    made_by: FilterText | None = Field(None, description="A creator's name or a part of it, in any case and spelling.")
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
            clauses.append(taken_from(date_range(self.taken_after)[0]))
        if self.taken_before:
            clauses.append(taken_before(date_range(self.taken_before)[0]))
        if self.taken_in:
            start, end = date_range(self.taken_in)
            clauses += [taken_from(start), taken_before(end)]
        if self.about_year:
            start, end = date_range(self.about_year)
            named = f"search.ismatch('\"{self.about_year}\"', 'path')"
            clauses.append(f"({taken_from(start)} and {taken_before(end)} or {named})")
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
        if self.place and (clause := holds_words(self.place, ("city", "state", "country"))):
            clauses.append(clause)
        if self.about_place and (name := quoted_spellings(self.about_place)):
            clauses.append(f"search.ismatch({string_literal(name)}, 'city,state,country,{phrase_fields()}')")
        if self.near:
            point = f"geography'POINT({self.near.longitude:.6f} {self.near.latitude:.6f})'"
            clauses.append(f"geo.distance(location, {point}) le {self.near.km:.6f}")
        if self.bounds:
            clauses.append(self.bounds.odata())
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
        unwanted = [phrase for text in self.without if (phrase := quoted_spellings(text))]
        return clauses + [f"not search.ismatch({string_literal(phrase)}, 'tags,title')" for phrase in unwanted]

    def _metadata_clauses(self) -> list[str]:
        """What the file says of itself."""
        # Photos indexed before `creators` have all names in `creator`.
        clauses = [
            f"(creator eq {name} or creators/any(person: person eq {name}))" for name in _literals(self.creators)
        ]
        clauses += [
            clause
            for fields, text in (
                (("creator", "creators"), self.made_by),
                (("keywords", "keyword_paths"), self.filed_under),
                (("rights", "usage_terms"), self.rights),
            )
            if text and (clause := holds_words(text, fields))
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
        return holds_words(str(value), (name,)) or f"{name} eq {_plain_literal(value)}"
    if condition.operator == "has":
        return f"{name}/any(value: value eq {string_literal(str(value))})"
    return f"{name} {condition.operator} {_plain_literal(value)}"


def _plain_literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return string_literal(value) if isinstance(value, str) else format(value, ".10f").rstrip("0").rstrip(".")


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
