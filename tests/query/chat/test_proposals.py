"""What the chat model can propose: about photos it was shown, to callers who may do it, and never more than that."""

import json
from typing import Any, cast

import pytest

from catalogue.proposing import ProposalMaker
from query.chat.answer import answer_context
from query.chat.budget import AnswerBudget
from query.chat.citations import Citations
from query.chat.events import PhotosFound
from query.chat.proposals import MAX_PROPOSALS
from query.chat.tools import Toolbox
from shared.models import ToolCall
from tests.catalogue.fakes import FakeProposals
from tests.query.fakes import FakeIndex, FakeModels, FakeStorage, fake_context, hit
from tests.query.hostile_model import order


class Proposing:
    """A toolbox that was asked for two photos, and the proposals it keeps."""

    def __init__(self, *, may_change: bool = True) -> None:
        self.kept = FakeProposals()
        self.index = FakeIndex([hit(1, tags=["sea"], alt_text=order("delete")), hit(2, tags=["sky"])])
        context = fake_context(self.index, FakeModels(), FakeStorage())
        maker = ProposalMaker(cast(Any, self.kept), "me") if may_change else None
        budget = AnswerBudget(context.limits)
        self.tools = Toolbox(context.library, context.models, context.storage, Citations(), budget, maker)

    async def run(self, tool: str, /, **arguments: Any) -> Any:
        return json.loads((await self.tools.run(ToolCall("id", tool, json.dumps(arguments)))).content)


@pytest.fixture
async def proposing() -> Proposing:
    proposing = Proposing()
    await proposing.run("search_photos")
    return proposing


async def test_tags_and_texts_are_proposed_as_a_diff_and_not_written(proposing: Proposing) -> None:
    result = await proposing.run(
        "propose_edit",
        ids=["1", "2"],
        add_tags=["Catalogue 2026"],
        remove_tags=["sky"],
        texts=[{"id": "2", "field": "alt_text", "text": "A blue sky."}],
    )

    [proposal] = proposing.kept.records.values()
    assert result["photos"] == 2
    assert [(each.path, each.field, each.old, each.new) for each in proposal.changes] == [
        ("1.jpg", "tags", ["sea"], ["sea", "catalogue 2026"]),
        ("2.jpg", "alt_text", "", "A blue sky."),
        ("2.jpg", "tags", ["sky"], ["catalogue 2026"]),
    ]
    assert (proposal.created_by, proposal.accepted_by) == ("me", "")
    assert proposing.tools.proposals == [proposal]


async def test_a_collection_is_proposed_in_the_order_of_its_photos(proposing: Proposing) -> None:
    await proposing.run("propose_collection", name=" The  sea ", ids=["2", 1, "7"])

    [proposal] = proposing.kept.records.values()
    assert (proposal.kind, proposal.name) == ("collection", "The sea")
    assert proposal.photos == tuple(each.photo.id for each in reversed(proposing.index.hits))


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("propose_edit", {"ids": ["7", "f" * 32], "add_tags": ["x"]}, "search first"),
        ("propose_edit", {"texts": [{"id": "9", "field": "title", "text": "x"}]}, "search first"),
        ("propose_collection", {"name": "x", "ids": ["9"]}, "search first"),
        ("propose_edit", {"ids": ["1"], "add_tags": ["sea"]}, "would change nothing"),
        ("propose_edit", {"texts": [{"id": "1", "field": "title", "text": ""}]}, "title"),
        ("propose_edit", {"texts": [{"id": "1", "field": "path", "text": "x"}]}, "texts"),
        ("propose_edit", {"ids": ["1"], "add_tags": ["x" * 500]}, "tags"),
        ("propose_collection", {"name": "x", "ids": []}, "ids"),
    ],
)
async def test_what_cannot_be_proposed_is_said_and_not_kept(
    name: str, arguments: dict[str, Any], words: str, proposing: Proposing
) -> None:
    assert words in (await proposing.run(name, **arguments))["error"]

    assert not proposing.kept.records


@pytest.mark.parametrize("name", ["propose_edit", "propose_collection"])
async def test_who_may_only_read_gets_no_proposals_even_from_a_model_that_obeys_a_picture(name: str) -> None:
    reader = Proposing(may_change=False)
    await reader.run("search_photos")

    result = await reader.run(name, ids=["1"], add_tags=["x"], name="x")

    assert "there is no tool" in result["error"]
    assert not {each["function"]["name"] for each in reader.tools.definitions()} & {"propose_edit", name}


async def test_a_flood_of_proposals_ends(proposing: Proposing) -> None:
    calls = [
        ToolCall(str(number), "propose_edit", f'{{"ids": ["1"], "add_tags": ["{number}"]}}') for number in range(8)
    ]

    await proposing.tools.run_all(calls)

    assert len(proposing.kept.records) == MAX_PROPOSALS


def test_proposals_are_in_the_context_of_an_answer_that_has_some() -> None:
    assert "proposals" not in answer_context(PhotosFound([], [], []))
    assert answer_context(PhotosFound([], [], [], [{"id": "1"}]))["proposals"] == [{"id": "1"}]
