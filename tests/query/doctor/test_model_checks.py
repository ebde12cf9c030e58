"""What the answers of models are taken for."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from query.doctor.model_checks import check_streaming, check_tools, check_vision, follows_schema
from query.doctor.storage_checks import check_links
from shared.models import ModelReply, Models, TokenUsage, ToolCall
from shared.services import Services
from shared.settings import load
from tests.shared.test_settings import GOOD

USAGE = TokenUsage(20, 10)


class ModelsOfOneReply:
    """Models that answer everything in the same way."""

    caption_model = chat_model = "m"

    def __init__(self, *pieces: str, **reply: Any) -> None:
        self.pieces = pieces
        self.reply = ModelReply("".join(pieces), usage=USAGE, **reply)

    def workarounds(self, _: str) -> dict[str, str]:
        return {}

    async def complete(self, _: Any, **options: Any) -> ModelReply:
        return self.reply

    async def stream(self, _: Any, **options: Any) -> AsyncIterator[str | ModelReply]:
        async def pieces() -> AsyncIterator[str | ModelReply]:
            for piece in self.pieces:
                yield piece
            yield self.reply

        return pieces()


def models(*pieces: str, **reply: Any) -> Models:
    return cast(Models, ModelsOfOneReply(*pieces, **reply))


@pytest.mark.parametrize("answer", ["Red", "It is red.", "RED"])
async def test_a_model_that_says_red_sees(answer: str) -> None:
    [finding] = await check_vision(models(answer), detail="high")

    assert (finding.state, finding.usage) == ("works", USAGE)


@pytest.mark.parametrize("answer", ["I cannot see pictures.", "A colored one", "blue", ""])
async def test_a_model_that_says_anything_else_does_not_see(answer: str) -> None:
    [finding] = await check_vision(models(answer), detail="high")

    assert finding.state == "missing"
    assert repr(answer) in finding.detail
    assert "CAPTION_MODEL" in finding.advice


@pytest.mark.parametrize(
    ("calls", "state"),
    [
        ((), "worked round"),
        ((ToolCall("1", "count_bicycles", '{"year": 2024}'),), "works"),
        ((ToolCall("1", "count_bicycles", "{}"),), "worked round"),
        ((ToolCall("1", "count_bicycles", '{"ye'),), "worked round"),
        ((ToolCall("1", "count_bicycles", "2024"),), "worked round"),
        ((ToolCall("1", "other", '{"year": 2024}'),), "worked round"),
    ],
)
async def test_a_tool_must_be_called_with_its_argument(calls: tuple[ToolCall, ...], state: str) -> None:
    [finding] = await check_tools(models(tool_calls=calls))

    assert finding.state == state


async def test_an_answer_that_comes_whole_is_no_stream() -> None:
    streaming, usage = await check_streaming(models("one two three"))

    assert (streaming.state, usage.state) == ("worked round", "works")


async def test_an_empty_answer_is_none() -> None:
    streaming, usage = await check_streaming(models(finish_reason="content_filter"))

    assert (streaming.state, usage.state) == ("missing", "not tried")
    assert "content_filter" in streaming.detail


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ('{"title": "A square", "colors": ["red"]}', True),
        ('```json\n{"title": "A square", "colors": []}\n```', True),
        ('{"title": "A square"}', False),
        ('{"title": 1, "colors": []}', False),
        ('{"title": "A square", "colors": [1]}', False),
        ('["A square"]', False),
        ("A red square.", False),
        ("", False),
    ],
)
def test_only_json_of_the_schema_follows_it(text: str, follows: bool) -> None:
    assert follows_schema(text) is follows


async def test_links_are_signed_by_what_the_settings_say() -> None:
    class Signing:
        async def picture_link(self, *_: object, minutes: int) -> str:
            return "https://a.example/?sig=x"

    without_key = {name: value for name, value in GOOD.items() if name != "PhotoStorage"}
    uris = {"PhotoStorage__blobServiceUri": "https://a.example", "PhotoStorage__queueServiceUri": "https://q.example"}
    for settings, words in ((GOOD, "account's key"), (without_key | uris, "user delegation key")):
        clients = Services(load(settings))
        vars(clients)["storage"] = Signing()

        [finding] = await check_links(clients)

        assert words in finding.detail
