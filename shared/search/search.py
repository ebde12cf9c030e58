"""What is looked for, as the page, the API, chat, jobs and exports say it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.search.filters import Filters

INTERPRET = r"^(on|off|(dates|places|exclusions)(,(dates|places|exclusions)){0,2})$"

Sort = Literal["relevance", "newest", "oldest"]
Mode = Literal["hybrid", "keyword", "vector"]


class Search(BaseModel):
    """
    What somebody looks for. Without words it lists the library, newest first.

    Newest and oldest go by when photos were taken; one without a date counts by when it arrived.
    `ranker` false leaves the semantic ranker out, which is slower and counted by the month.
    `min_relevance` drops what the semantic ranker scores lower, and nothing where it did not rank.
    `interpret` says what a search box reads from its words: `on`, `off`, or of `dates,places,exclusions` some.
    With `fold`, photos that look alike and are called the same are listed as one; by default only results that are
    ranked by words are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: str = Field("", max_length=2000)
    mode: Mode = "hybrid"
    filters: Filters = Filters()
    sort: Sort = "relevance"
    top: int = Field(20, ge=0, le=200)
    skip: int = Field(0, ge=0, le=100_000)  # the most the service skips
    ranker: bool = True
    min_relevance: float = Field(0, ge=0, le=4)
    fold: bool | None = None
    facets: bool = False
    interpret: str = Field("on", pattern=INTERPRET)

    @property
    def end(self) -> int:
        """The position just after the last hit of the page."""
        return self.skip + self.top
