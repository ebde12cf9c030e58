"""The tools of the chat model, as types that describe them to it and check what it sends."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from query.chat.field_arguments import as_texts, facet_names, fields_argument, fields_key
from query.chat.proposals import PROPOSING_TOOLS
from shared.access.roles import Role
from shared.catalogue.in_force import catalogue
from shared.search.filters import DateText, Filters, Near
from shared.search.search import Sort

MAX_PHOTOS = 30
MAX_PHOTOS_PER_LOOK = 4
DEFAULT_PHOTOS = 10  # of a search that names no number
OFFSET = re.compile(r"(?<=:\d\d)(\.\d+)?\s?(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)

CountBy = Literal[
    "tags", "folder", "month", "year", "camera", "colors", "people", "city", "country", "creators", "rating",
    "keywords", "keyword_paths",
]  # fmt: skip


def counted_by(value: Any) -> Any:
    """What photos are counted by, checked. A field of the library's own is counted under its name, `field.NAME`."""
    names = [*get_args(CountBy), *facet_names(catalogue())]
    if value is not None and value not in names:
        raise ValueError(f"photos can be counted by {', '.join(names)}")
    return value


def _none_if_empty(value: Any) -> Any:
    """Models fill optional arguments with empty strings, lists and nulls."""
    return None if value in ("", [], {}) else value


def _without_offset(value: Any) -> Any:
    """Models write `2024-05-31T00:00:00Z` where they mean the day, which is that of the clock on the wall."""
    return OFFSET.sub("", value) if isinstance(value, str) else value


def _day_at_most(value: Any) -> Any:
    return value[: len("2024-05-31")] if isinstance(value, str) else value


EmptyAsNone = BeforeValidator(_none_if_empty)
Moment = Annotated[DateText | None, EmptyAsNone, BeforeValidator(_without_offset)]
Period = Annotated[DateText | None, EmptyAsNone, BeforeValidator(_day_at_most)]
NEAR_SCHEMA = WithJsonSchema(
    {
        "type": "object",
        "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}, "km": {"type": "number"}},
        "required": ["latitude", "longitude", "km"],
        "description": "Within so many kilometres of a place, in degrees.",
    }
)
RATING_SCHEMA = WithJsonSchema(
    {"type": "integer", "minimum": 0, "maximum": 5, "description": "The least number of stars; 0 for unrated photos."}
)
PEOPLE_SCHEMA = WithJsonSchema(
    {"type": "integer", "minimum": 0, "description": "The least number of people; 0 for photos without anybody."}
)


class SearchArguments(BaseModel):
    """The filters both searching and counting take."""

    model_config = ConfigDict(extra="ignore")

    query: str = Field(
        "", max_length=2000, description="What should be in the picture, in words. Empty to use the filters alone."
    )
    taken_in: Period = Field(
        None, description="A whole year, month or day where it was taken: 2024, 2024-05 or 2024-05-31."
    )
    taken_after: Moment = Field(None, description="Taken at or after the start of this year, month or day.")
    taken_before: Moment = Field(None, description="Taken before the start of this year, month or day.")
    folder: Annotated[str | None, EmptyAsNone] = Field(
        None, description="A folder as it appears in paths; subfolders are included."
    )
    tags: Annotated[list[str] | None, EmptyAsNone] = Field(
        None, description="Tags a photo must all have, exactly as they appear on photos."
    )
    place: Annotated[str | None, EmptyAsNone] = Field(None, description="The name of a city or a country.")
    near: Annotated[Near | None, EmptyAsNone, NEAR_SCHEMA] = None
    people: Annotated[Literal["none", "some"] | int | None, EmptyAsNone, PEOPLE_SCHEMA] = None
    colors: Annotated[list[str] | None, EmptyAsNone] = Field(
        None, description="Dominant colours a photo must all have, exactly as they appear on photos."
    )
    camera: Annotated[str | None, EmptyAsNone] = Field(None, description="The camera, or a part of its name.")
    has_text: Annotated[bool | None, EmptyAsNone] = Field(None, description="Whether there is text in the picture.")

    made_by: Annotated[str | None, EmptyAsNone] = Field(
        None, description="Who made the photo: a name or a part of it. Only photos whose file names its creator."
    )
    rating: Annotated[Literal["none", "rejected"] | int | None, EmptyAsNone, RATING_SCHEMA] = None
    filed_under: Annotated[str | None, EmptyAsNone] = Field(
        None, description="A keyword that people gave the photo, or a part of one."
    )

    fields: Annotated[dict[str, list[str]] | None, EmptyAsNone, BeforeValidator(as_texts)] = Field(
        None, description="What this library's own fields must be."
    )
    collection: Annotated[str | None, EmptyAsNone] = Field(
        None, description="The name of a collection that people made, where the question names one."
    )

    def filters(self) -> Filters:
        """The validated filters; pydantic's ValidationError says what is wrong."""
        values = {name: getattr(self, name, None) for name in Filters.model_fields}
        return Filters.model_validate({name: value for name, value in values.items() if value is not None})


class SearchPhotos(SearchArguments):
    """Find photos by what they show, when and where they were taken, who is in them, who made them, and by folder."""

    sort: Annotated[Sort, BeforeValidator(lambda value: value or "relevance")] = "relevance"
    top: Annotated[int, BeforeValidator(lambda value: value or DEFAULT_PHOTOS)] = Field(
        DEFAULT_PHOTOS, ge=1, le=MAX_PHOTOS, description="How many photos to return."
    )


class CountPhotos(SearchArguments):
    """
    Count photos exactly, in total and, with `by`, for each tag, folder, month, year, camera, colour, city, country,
    creator, number of stars, keyword or keyword path.

    A photo counts if its description holds every word of the query: give the few that matter.
    """

    by: Annotated[str | None, EmptyAsNone, AfterValidator(counted_by)] = None


class LookAtPhotos(BaseModel):
    """Look at a few of the photos found again, for what their captions do not say."""

    model_config = ConfigDict(extra="ignore")

    ids: Annotated[
        list[str | int], WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": MAX_PHOTOS_PER_LOOK})
    ] = Field(min_length=1, description="The numbers or ids of the photos, all found before.")
    question: str = Field(min_length=1, max_length=1000)


TOOLS: Mapping[str, type[BaseModel]] = {
    "search_photos": SearchPhotos,
    "count_photos": CountPhotos,
    "look_at_photos": LookAtPhotos,
}
ALL_TOOLS = {**TOOLS, **PROPOSING_TOOLS}
# What the caller must have for the model to be offered a tool.
TOOL_ROLES: Mapping[str, Role] = {
    "search_photos": Role.VIEWER,
    "count_photos": Role.VIEWER,
    "look_at_photos": Role.VIEWER,
    "propose_edit": Role.EDITOR,
    "propose_collection": Role.EDITOR,
}


def tool_definitions(*, proposing: bool = False) -> list[dict[str, Any]]:
    """
    The tools as OpenAI's `tools` takes them, with the library's own fields.

    Those that propose changes are for callers who may make them.
    """
    return _definitions(fields_key(catalogue()), proposing=proposing)


@lru_cache(maxsize=4)
def _definitions(fields: str, *, proposing: bool) -> list[dict[str, Any]]:
    """Cached, as building them takes some milliseconds; `fields` is all that they say of the library's own."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": " ".join((model.__doc__ or "").split()),
                "parameters": _parameters(model),
            },
        }
        for name, model in (ALL_TOOLS if proposing else TOOLS).items()
    ]


def _parameters(model: type[BaseModel]) -> dict[str, Any]:
    """The schema without titles, nulls and defaults, which confuse small models."""
    schema = model.model_json_schema()
    properties = {name: _simplified(property_) for name, property_ in schema["properties"].items()}
    if "fields" in properties:
        properties |= {"fields": fields_argument(catalogue(), properties.pop("fields")["description"])}
    if "by" in properties:
        properties["by"] = {"type": "string", "enum": [*get_args(CountBy), *facet_names(catalogue())]}
    properties = {name: each for name, each in properties.items() if each}
    return {"type": "object", "properties": properties, "required": schema.get("required", [])}


def _simplified(schema: dict[str, Any]) -> dict[str, Any]:
    """A property with the first of its types that is not null."""
    rest = {name: value for name, value in schema.items() if name not in ("title", "default", "anyOf")}
    types = [type_ for type_ in schema.get("anyOf", ()) if type_.get("type") != "null"]
    return {**(types[0] if types else {}), **rest}
