"""What the chat model may ask for: its tools, as types that check what it sends and tell it what it can."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from query.search.filters import Filters, Near, When
from query.search.library import Sort

MOST_PHOTOS = 30
MOST_LOOKS = 4
FIRST = 10  # photos of a search nobody asked to be longer or shorter

By = Literal["tags", "folder", "month", "year", "camera", "colors", "people", "city", "country"]


def _none_if_empty(value: Any) -> Any:
    """Models fill optional arguments with empty strings, lists and nulls."""
    return None if value in ("", [], {}) else value


Optional = BeforeValidator(_none_if_empty)
PLACE = WithJsonSchema(
    {
        "type": "object",
        "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}, "km": {"type": "number"}},
        "required": ["latitude", "longitude", "km"],
        "description": "Within so many kilometres of a place, in degrees.",
    }
)
PEOPLE = WithJsonSchema(
    {"type": "integer", "minimum": 0, "description": "The least number of people; 0 for photos without anybody."}
)


class SearchArguments(BaseModel):
    """The filters both searching and counting take."""

    model_config = ConfigDict(extra="ignore")

    query: str = Field(
        "", max_length=2000, description="What should be in the picture, in words. Empty to use the filters alone."
    )
    taken_in: Annotated[When | None, Optional] = Field(
        None, description="A whole year, month or day: 2024, 2024-05 or 2024-05-31."
    )
    taken_after: Annotated[When | None, Optional] = Field(
        None, description="Taken at or after the start of this year, month or day."
    )
    taken_before: Annotated[When | None, Optional] = Field(
        None, description="Taken before the start of this year, month or day."
    )
    folder: Annotated[str | None, Optional] = Field(
        None, description="A folder as it appears in paths; subfolders are included."
    )
    tags: Annotated[list[str] | None, Optional] = Field(
        None, description="Tags a photo must all have, exactly as they appear on photos."
    )
    place: Annotated[str | None, Optional] = Field(None, description="The name of a city or a country.")
    near: Annotated[Near | None, Optional, PLACE] = None
    people: Annotated[Literal["none", "some"] | int | None, Optional, PEOPLE] = None
    colors: Annotated[list[str] | None, Optional] = Field(
        None, description="Dominant colours a photo must all have, exactly as they appear on photos."
    )
    camera: Annotated[str | None, Optional] = Field(None, description="The camera, or a part of its name.")
    has_text: Annotated[bool | None, Optional] = Field(None, description="Whether there is text in the picture.")

    def filters(self) -> Filters:
        """These filters, checked; pydantic's ValidationError says what is wrong."""
        given = {name: getattr(self, name) for name in Filters.model_fields if getattr(self, name, None) is not None}
        return Filters.model_validate(given)


class SearchPhotos(SearchArguments):
    """Find photos by what they show, when and where they were taken, who is in them, and by folder."""

    sort: Annotated[Sort, BeforeValidator(lambda value: value or "relevance")] = "relevance"
    top: Annotated[int, BeforeValidator(lambda value: value or FIRST)] = Field(
        FIRST, ge=1, le=MOST_PHOTOS, description="How many photos to return."
    )


class CountPhotos(SearchArguments):
    """
    Count photos exactly, in total and, with `by`, for each tag, folder, month, year, camera, colour, city or country.

    A photo counts if its description holds every word of the query: give the few that matter.
    """

    by: Annotated[By | None, Optional] = None


class LookAtPhotos(BaseModel):
    """Look at a few of the photos found again, for what their captions do not say."""

    model_config = ConfigDict(extra="ignore")

    ids: Annotated[
        list[str | int], WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": MOST_LOOKS})
    ] = Field(min_length=1, description="The numbers or ids of the photos, all found before.")
    question: str = Field(min_length=1, max_length=1000)


TOOLS: Mapping[str, type[BaseModel]] = {
    "search_photos": SearchPhotos,
    "count_photos": CountPhotos,
    "look_at_photos": LookAtPhotos,
}


@cache
def definitions() -> list[dict[str, Any]]:
    """The tools as OpenAI's `tools` takes them; made once, as it takes some milliseconds."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": " ".join((model.__doc__ or "").split()),
                "parameters": _parameters(model),
            },
        }
        for name, model in TOOLS.items()
    ]


def _parameters(model: type[BaseModel]) -> dict[str, Any]:
    """The schema without what small models stumble over: no titles, no nulls, no defaults."""
    schema = model.model_json_schema()
    properties = {name: _simple(part) for name, part in schema["properties"].items()}
    return {"type": "object", "properties": properties, "required": schema.get("required", [])}


def _simple(part: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in part.items() if name not in ("title", "default", "anyOf")}
    options = [option for option in part.get("anyOf", ()) if option.get("type") != "null"]
    return {**(options[0] if options else {}), **kept}
