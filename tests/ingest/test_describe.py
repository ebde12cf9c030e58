"""What the vision model may answer, and what becomes of it."""

import json
import re
from typing import Any, cast

import pytest

from ingest import describe
from ingest.describe import answer_schema, parse, recipe
from shared.embedding_model import EmbeddingModel
from shared.errors import BadReply, BadRequest, RefusedPhoto, Transient
from shared.models import ModelReply, TokenUsage
from shared.prompt_text import own
from tests.ingest.fakes import FakeModels

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
def test_nonsense_is_not_a_description(reply: ModelReply, reason: str) -> None:
    with pytest.raises(BadReply, match=reason):
        parse(reply)


@pytest.mark.parametrize(
    "reply", [ModelReply(refusal="I cannot help with that."), ModelReply(finish_reason="content_filter")]
)
def test_a_refusal_is_final(reply: ModelReply) -> None:
    with pytest.raises(RefusedPhoto, match="refused"):
        parse(reply)


def test_the_schema_is_strict() -> None:
    schema = answer_schema("de")

    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
    assert not {"tokens", "caption_language"} & schema["properties"].keys()


def test_the_schema_says_types_and_nothing_that_strict_mode_lacks() -> None:
    german = {"description": "In German."}
    assert answer_schema("de")["properties"] == {
        "title": {"type": "string", **german},
        "alt_text": {"type": "string", **german},
        "caption": {"type": "string", **german},
        "tags": {"type": "array", "items": {"type": "string"}, **german},
        "text_in_photo": {"type": "string", "description": "Word for word, not translated."},
        "people": {"type": "integer"},
        "setting": {
            "type": "string",
            "enum": ["indoors", "outdoors", "studio", "screen", "document", "unclear"],
        },
        "colors": {"type": "array", "items": {"type": "string"}, "description": "In English."},
    }


def test_the_recipe_changes_with_the_model() -> None:
    assert recipe("a") == recipe("a") != recipe("b")
    assert re.fullmatch("[0-9a-f]{12}", recipe("a"))


def test_the_recipe_changes_with_the_language() -> None:
    assert len({recipe("a", language=language) for language in ("en", "en-GB", "de", "fr")}) == 4


def test_what_the_last_release_described_stays_current_in_english_alone() -> None:
    embedding = EmbeddingModel("stand-in-embedding", 384)

    former = recipe("stand-in-vision", embedding=embedding)

    assert former == recipe("stand-in-vision", language="en", embedding=embedding) == "57b8f1d0e13b"


def test_the_recipe_changes_with_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipe.__wrapped__("a")

    monkeypatch.setattr(describe, "PROMPT", "Describe it.")

    assert recipe.__wrapped__("a") != before


def test_texts_are_trimmed() -> None:
    description = parse(ModelReply(text=json.dumps(GOOD | {"title": "  A dog \n", "tags": [" dog "], "extra": 1})))

    assert (description.title, description.tags) == ("A dog", ["dog"])


def test_what_the_model_may_leave_out_has_defaults() -> None:
    bare = {name: GOOD[name] for name in ("title", "alt_text", "caption", "tags")}

    description = parse(ModelReply(text=json.dumps(bare)))

    assert (description.text_in_photo, description.people, description.setting) == ("", 0, "unclear")
    assert (description.colors, description.tokens) == ([], 0)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            ModelReply(text="{", finish_reason="length", usage=TokenUsage(1, 4000)),
            "the vision model's answer was cut off after 4,000 tokens",
        ),
        (ModelReply(text=" \n"), "the vision model's answer was empty"),
        (
            ModelReply(text=json.dumps(GOOD | {"people": "few"})),
            "the vision model's answer is malformed: people: Input",
        ),
        (ModelReply(text=". \ndog, beach, sea"), "the vision model's answer is malformed: title: String"),
        (ModelReply(text='{"title": '), "the vision model's answer is malformed: the answer: Invalid JSON"),
        (ModelReply(text="A dog.\ndog, beach"), "the vision model answered in prose without a last line of tags"),
        (ModelReply(text="\ndog, beach, sea"), "the vision model answered in prose without a last line of tags"),
    ],
)
def test_the_error_says_what_was_wrong(reply: ModelReply, message: str) -> None:
    with pytest.raises(BadReply) as raised:
        parse(reply)

    assert str(raised.value).startswith(message)


def test_a_refusal_is_quoted() -> None:
    with pytest.raises(RefusedPhoto, match=r"^the vision model refused this photo: I cannot help with that\.$"):
        parse(ModelReply(refusal="I cannot help with that."))


@pytest.mark.parametrize(
    ("text", "title", "alt_text", "tags"),
    [
        ("A dog.\ndog, beach, sea", "A dog", "A dog.", ["dog", "beach", "sea"]),
        ("A dog runs.\nTags: *Dog*, #beach, sea.", "A dog runs", "A dog runs.", ["dog", "beach", "sea"]),
        ("One two three four five six seven eight nine. Ten.\na, b, , c", "One two three four five six seven eight",
         "One two three four five six seven eight nine.", ["a", "b", "c"]),
        (f"{'x' * 300}\na, b, c", "x" * 300, "x" * 250, ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_prose_becomes_title_alt_text_and_tags(text: str, title: str, alt_text: str, tags: list[str]) -> None:
    description = parse(ModelReply(text=text))

    assert (description.title, description.alt_text, description.tags) == (title, alt_text, tags)


# -- asking -------------------------------------------------------------------------------


async def ask(models: FakeModels, temperature: float | None = None, language: str = "en") -> describe.Description:
    hints, options = own("path: a.jpg\nnote: two lines here"), {"detail": "low", "temperature": temperature}
    return await describe.describe(b"jpeg", hints, models=cast(Any, models), language=language, **cast(Any, options))


async def test_the_model_gets_prompt_hints_picture_and_schema() -> None:
    models = FakeModels()

    assert (await ask(models)).tokens == 1000

    [request] = models.requests
    system, user = request.pop("messages")
    assert system["role"] == "system"
    assert system["content"].startswith(describe.PROMPT)
    assert "Write title, alt_text, caption and tags in English," in system["content"]
    assert user["role"] == "user"
    assert user["content"] == [
        {"type": "text", "text": "path: a.jpg\nnote: two lines here"},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,anBlZw==", "detail": "low"}},
    ]
    assert request == {
        "model": "vision",
        "max_completion_tokens": 4000,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "description", "strict": True, "schema": answer_schema("en")},
        },
    }


@pytest.mark.parametrize(
    ("language", "name"), [("de", "German"), ("pt-BR", "Portuguese (pt-BR)"), ("gsw", "Swiss German")]
)
async def test_prompt_and_schema_name_the_language_and_the_description_tells_it(language: str, name: str) -> None:
    models = FakeModels()

    description = await ask(models, language=language)

    [request] = models.requests
    assert f"tags in {name}, or" in request["messages"][0]["content"]
    assert request["response_format"]["json_schema"]["schema"] == answer_schema(language)
    assert description.caption_language == language


async def test_a_temperature_is_passed_on_even_if_it_is_zero() -> None:
    models = FakeModels()

    await ask(models, temperature=0.0)

    assert models.requests[0]["temperature"] == 0.0


@pytest.mark.parametrize(
    ("error", "class_", "message"),
    [
        (BadRequest("x", code="content_filter"), RefusedPhoto, "the vision model's content filter refused this photo"),
        (BadRequest("the model refused it"), BadReply, "the model refused it"),
        (Transient("busy"), Transient, "busy"),
    ],
)
async def test_what_the_call_raises(error: Exception, class_: type[Exception], message: str) -> None:
    with pytest.raises(class_) as raised:
        await ask(FakeModels(error=error))

    assert type(raised.value) is class_
    assert str(raised.value) == message


@pytest.mark.parametrize("field", ["title", "caption"])
def test_a_title_and_a_caption_may_be_one_letter_but_not_none(field: str) -> None:
    assert parse(ModelReply(text=json.dumps(GOOD | {field: "A"})))
    with pytest.raises(BadReply, match=field):
        parse(ModelReply(text=json.dumps(GOOD | {field: " "})))


# -- answers beyond all bounds ------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "kept"), [(3_000_000_000, 100_000), (-4, 0), (None, 0), (2.6, 2), (1e300, 100_000), ("7", 7), (12, 12)]
)
def test_a_count_of_people_is_kept_within_bounds(people: Any, kept: int) -> None:
    assert parse(ModelReply(text=json.dumps(GOOD | {"people": people}))).people == kept


@pytest.mark.parametrize("field", ["tags", "colors"])
def test_words_are_few_short_and_different(field: str) -> None:
    words: list[str | None] = ["x" * 40_000, None, "dog", " dog ", "", *(f"word {number}" for number in range(9_000))]

    kept = getattr(parse(ModelReply(text=json.dumps(GOOD | {field: words}))), field)

    assert kept == ["dog", *(f"word {number}" for number in range(49))]
    assert getattr(parse(ModelReply(text=json.dumps(GOOD | {field: None}))), field) == []


@pytest.mark.parametrize(
    ("field", "limit"), [("title", 300), ("alt_text", 1_000), ("caption", 10_000), ("text_in_photo", 50_000)]
)
def test_texts_without_end_are_cut(field: str, limit: int) -> None:
    assert len(getattr(parse(ModelReply(text=json.dumps(GOOD | {field: "so " * 100_000}))), field)) in {
        limit,
        limit - 1,
    }


@pytest.mark.parametrize("field", ["alt_text", "text_in_photo", "setting"])
def test_null_is_nothing(field: str) -> None:
    assert getattr(parse(ModelReply(text=json.dumps(GOOD | {field: None}))), field) in {"", "unclear"}


@pytest.mark.parametrize(
    "answer", ["null", "[]", '{"title": null}', '{"title": "\\ud83d"}', "{" * 10_000, '{"people": NaN}']
)
def test_what_is_no_description_is_a_bad_reply(answer: str) -> None:
    with pytest.raises(BadReply):
        parse(ModelReply(text=answer))
