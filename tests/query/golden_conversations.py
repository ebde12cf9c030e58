"""Golden conversations, parsed so strictly that a misspelt key is an error and not a check that never runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from query.chat.tool_schemas import CountBy
from shared.search.filters import Near
from shared.search.search import Sort
from tests.query.photos import GOLDEN


class StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ExpectedFilters(StrictModel):
    """What one of the searches must have been narrowed by."""

    taken_after: str | None = None
    taken_before: str | None = None
    folder: str | None = None
    tags: list[str] | None = None
    near: Near | None = None
    made_by: str | None = None
    rating: int | None = None
    filed_under: str | None = None
    sort: Sort | None = None
    by: CountBy | None = None


class GoldenConversation(StrictModel):
    """Questions, and what must be true of the last answer; `golden/README.md` explains the keys."""

    name: str
    say: list[str]
    says: list[str] = []
    cites: list[str] | None = None
    cites_at_most: int | None = None
    of: str | None = None
    finds: list[str] = []
    only: Literal[True] | None = None
    filters: ExpectedFilters | None = None
    rounds: int | None = None
    searches: int | None = None
    needs: Literal["reasoning"] | None = None

    @model_validator(mode="after")
    def _check_pairs(self) -> "GoldenConversation":
        if (self.cites_at_most is None) != (self.of is None):
            raise ValueError("cites_at_most and of belong together")
        if self.only and not self.finds:
            raise ValueError("only needs finds")
        return self


def parse_conversations(text: str | bytes) -> list[GoldenConversation]:
    return TypeAdapter(list[GoldenConversation]).validate_json(text)


CONVERSATIONS = parse_conversations((GOLDEN / "conversations.json").read_bytes())
