"""What the tools that find, count, show and ask take, and the shape of what they answer."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from query.chat.tool_schemas import counted_by
from shared.search.filters import Filters
from shared.search.search import Search, Sort
from web.mcp.photo_facts import PhotoFacts
from web.parameters import FIELD_FILTERS, INTERNAL_FILTERS

MAX_TOP = 30
HIDDEN_FILTERS = frozenset(INTERNAL_FILTERS - {FIELD_FILTERS})


class PhotoSearchArguments(Filters):
    """
    Find photos by what they show, when and where they were taken, who made them, or any other filter. Without words it
    lists the library, newest first. Only photos that likely show what is asked for are given, the best first: `total`
    says how many there are, `next_skip` where the next page begins, and `unmet` which words none of them holds.
    """

    q: str = Field("", max_length=2000, description="What should be in the picture, in words of any language.")
    sort: Sort = "relevance"
    top: int = Field(10, ge=1, le=MAX_TOP, description="How many photos to return.")
    skip: int = Field(0, ge=0, le=10_000, description="How many to pass over: `next_skip` of the page before.")

    def search(self) -> Search:
        """The same as a search of the library."""
        return Search(q=self.q, filters=filters_of(self), sort=self.sort, top=self.top, skip=self.skip, fold=True)


class SearchResult(BaseModel):
    """A page of photos."""

    model_config = ConfigDict(extra="allow")

    total: int = Field(description="How many photos likely show this.")
    photos: list[PhotoFacts]
    next_skip: int | None = Field(None, description="Where the next page begins; absent on the last.")
    total_is_at_least: bool = False
    unmet: list[str] = Field([], description="Words of the search that no likely photo holds.")
    less_likely: int = Field(0, description="How many more come closest, but do not likely show it.")


class PhotoCountArguments(Filters):
    """
    Count photos exactly, in total and, with `by`, for each value of a field. A photo counts if its description holds
    every word of `q`: give the few that matter.
    """

    q: str = Field("", max_length=2000, description="Words that a photo's description must all hold.")
    by: Annotated[str | None, AfterValidator(counted_by)] = Field(
        None,
        description="tags, folder, month, year, camera, colors, people, city, country, creators, rating, keywords, "
        "keyword_paths, or field.NAME for a field of the library's own.",
    )


class Counts(BaseModel):
    """How many photos there are."""

    model_config = ConfigDict(extra="allow")

    total: int
    by: dict[str, dict[str, int]] = {}


class ByQuery(BaseModel):
    """Search the photo library by words, as a person would type them."""

    query: str = Field(max_length=2000)


class ConnectorResult(BaseModel):
    """One result."""

    id: str
    title: str
    url: str


class ConnectorResults(BaseModel):
    """The results of a search."""

    results: list[ConnectorResult]


class ById(BaseModel):
    """Get all that is known of a photo, by the id that a search gave."""

    id: str = Field(description="The id of a photo.")


class ConnectorDocument(BaseModel):
    """A photo as a document."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str] = {}


class AskPhotos(BaseModel):
    """
    Ask the library's own assistant a question about the photos. It searches, looks at pictures where it must, and
    answers in words with numbered citations. It costs more than a search: ask it what searching and counting do not
    tell.
    """

    question: str = Field(min_length=1, max_length=10_000)
    time_zone: str | None = Field(None, description="The IANA name of the asker's zone, for words such as yesterday.")


class CitedAnswer(BaseModel):
    """An answer; `[1]` in it is the first of the photos."""

    answer: str
    photos: list[ConnectorResult]


class ViewPhoto(BaseModel):
    """Look at a photo: its picture, and what is known of it."""

    id: str = Field(description="The id of a photo.")
    size: Literal["thumbnail", "preview"] = Field(
        "preview", description="A preview shows details and text, a thumbnail is small."
    )


class SimilarPhotos(BaseModel):
    """Find photos that look like one of the library's."""

    id: str = Field(description="The id of a photo.")
    top: int = Field(10, ge=1, le=MAX_TOP)


class DescribeLibrary(BaseModel):
    """
    What there is to ask for: how many photos, and the folders, tags, years, places, cameras, creators, collections and
    own fields of this library, with how many photos each has. Filters take these values as they are spelt here.
    """


class LibraryDescription(BaseModel):
    """What is in the library."""

    model_config = ConfigDict(extra="allow")

    total: int
    values: dict[str, dict[str, int]] = Field({}, description="How many photos have each value, by field.")
    collections: list[dict[str, Any]] = []
    fields: list[dict[str, Any]] = Field([], description="The library's own fields: filter by `fields`.")


def filters_of(arguments: Filters) -> Filters:
    """The filters among the arguments of a tool."""
    given = arguments.model_fields_set & Filters.model_fields.keys()
    return Filters.model_validate(arguments.model_dump(include=given))
