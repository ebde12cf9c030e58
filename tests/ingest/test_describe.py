"""What the vision model may answer, and what becomes of it."""

import json

import pytest

from ingest.describe import answer_schema, parse, recipe
from shared.errors import BadPhoto, BadReply
from shared.models import ModelReply, TokenUsage

GOOD = {
    "title": "A dog on a beach",
    "alt_text": "A brown dog runs along the sea.",
    "caption": "A brown dog runs along a wide beach.",
    "tags": ["dog", "beach", "sea"],
    "text_in_photo": "",
    "people": 0,
    "setting": "outdoors",
    "colors": ["brown"],
}


def test_a_good_answer_becomes_a_description_with_its_price() -> None:
    description = parse(ModelReply(text=json.dumps(GOOD), usage=TokenUsage(900, 100)))

    assert description.title == "A dog on a beach"
    assert description.tokens == 1000


def test_a_fenced_answer_is_read() -> None:
    assert parse(ModelReply(text=f"```json\n{json.dumps(GOOD)}\n```")).tags == ["dog", "beach", "sea"]


def test_prose_with_a_last_line_of_tags_is_understood() -> None:
    description = parse(ModelReply(text="A brown dog runs along a beach. The sea is calm.\n\ndog, beach, Sea"))

    assert description.caption == "A brown dog runs along a beach. The sea is calm."
    assert description.alt_text == "A brown dog runs along a beach."
    assert description.tags == ["dog", "beach", "sea"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (ModelReply(text=json.dumps(GOOD)[:80], finish_reason="length"), "cut off"),
        (ModelReply(text="   "), "empty"),
        (ModelReply(text=json.dumps(GOOD)[:80]), "malformed"),
        (ModelReply(text=json.dumps(GOOD | {"caption": ""})), "caption"),
        (ModelReply(text=json.dumps(GOOD | {"people": "two"})), "people"),
        (ModelReply(text="I see a dog."), "last line of tags"),
    ],
)
def test_nonsense_is_no_description(reply: ModelReply, reason: str) -> None:
    with pytest.raises(BadReply, match=reason):
        parse(reply)


@pytest.mark.parametrize(
    "reply", [ModelReply(refusal="I cannot help with that."), ModelReply(finish_reason="content_filter")]
)
def test_a_refusal_is_final(reply: ModelReply) -> None:
    with pytest.raises(BadPhoto, match="refused"):
        parse(reply)


def test_the_schema_is_strict() -> None:
    schema = answer_schema()

    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
    assert "tokens" not in schema["properties"]


def test_the_recipe_changes_with_the_models() -> None:
    assert recipe("a", "b") == recipe("a", "b") != recipe("a", "c")
