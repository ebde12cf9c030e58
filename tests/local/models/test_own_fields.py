"""Questions about the library's own fields: counted by, and read from records."""

from collections.abc import Sequence
from datetime import date

import pytest

from local.models.chat.lexicon import load_lexicon
from local.models.chat.own_fields import AskedField, OwnField, field_values
from local.models.chat.question_parser import ParsedQuestion, parse_question
from local.models.chat.search_results import PhotoRecord
from tests.local.models.conversation import (
    TEXT,
    answered_tool_call,
    ask,
    photo,
    question_with_search,
    tool,
    tool_calls_of,
)
from tests.local.models.stand_in import ModelStandIn

FIELDS = (
    OwnField("product_type", ("Product type", "Produktart", "product type")),
    OwnField("price", ("Price", "Preis")),
    OwnField("material", ("Material",)),
)
OWN = {
    "type": "object",
    "properties": {
        "product_type": {
            **TEXT,
            "description": "Product type / Produktart: one of its values.",
        },
        "price": {**TEXT, "description": "Price / Preis: a number or a range: 12.5; none for photos without."},
    },
}
BY = {"type": "string", "enum": ["tags", "year", "field.product_type"]}
TOOLS = [tool("search_photos", query=TEXT, fields=OWN), tool("count_photos", query=TEXT, by=BY, fields=OWN)]
UMBRELLA = photo(1, "Umbrella for two", tags=["umbrella"], fields={"price": "24.5", "product_type": "umbrella"})
MUG = photo(2, "Blue mug", tags=["mug"], fields={"price": "9"})


def parsed(text: str) -> ParsedQuestion:
    return parse_question(text, date(2026, 11, 26), "en", FIELDS)


@pytest.mark.parametrize(
    ("text", "group_by", "terms"),
    [
        ("How many products of each type are there?", "field.product_type", ()),
        ("How many photos per product type?", "field.product_type", ()),
        ("How many red mugs by material?", "field.material", ("red", "mugs")),
        ("Wie viele Produkte gibt es pro Produktart?", "field.product_type", ()),
        ("Wie viele Produkte von jeder Produktart gibt es?", "field.product_type", ()),
        ("Wie viele Tassen gibt es je Material?", "field.material", ("tassen",)),
        ("How many photos per year?", "year", ()),
        ("How many photos by tag?", "tags", ()),
    ],
)
def test_what_it_counts_by(text: str, group_by: str, terms: tuple[str, ...]) -> None:
    question = parsed(text)

    assert (question.intent, question.group_by, question.terms) == ("count", group_by, terms)


@pytest.mark.parametrize(
    ("text", "fields", "terms"),
    [
        ("What does the umbrella for two cost?", ["price"], ("umbrella", "two")),
        ("How much is the mug?", ["price"], ("mug",)),
        ("What is the price of the mug?", ["price"], ("mug",)),
        ("Was kostet der Regenschirm?", ["price"], ("regenschirm",)),
        ("Which material is the mug?", ["material"], ("mug",)),
        ("Show me mugs", [], ("mugs",)),
    ],
)
def test_which_fields_it_asks_for(text: str, fields: list[str], terms: tuple[str, ...]) -> None:
    question = parsed(text)

    assert ([each.name for each in question.asked_fields], question.terms) == (fields, terms)


def test_a_second_question_is_not_counted() -> None:
    question = parsed("How many mugs are there, and what do they cost?")

    assert (question.intent, question.terms) == ("count", ("mugs",))
    assert [each.name for each in question.asked_fields] == ["price"]


def test_a_library_without_such_fields_asks_for_none() -> None:
    question = parse_question("What does the umbrella for two cost?", date(2026, 11, 26))

    assert question.asked_fields == ()


def test_photos_are_counted_by_a_field(stand_in: ModelStandIn) -> None:
    question = {"role": "user", "content": "How many products of each type are there?"}

    arguments = tool_calls_of(ask(stand_in, question, tools=TOOLS))["count_photos"]
    counts = answered_tool_call("count_photos", arguments, {"total": 5, "groups": {"mug": 3, "umbrella": 2}})
    answer = ask(stand_in, question, *counts, tools=TOOLS)

    assert arguments["by"] == "field.product_type"
    assert "By Product type: mug (3) and umbrella (2)." in answer.content


def test_a_price_is_read_from_the_record(stand_in: ModelStandIn) -> None:
    messages = question_with_search("What does the umbrella for two cost?", UMBRELLA, MUG)

    assert ask(stand_in, *messages, tools=TOOLS).content == "“Umbrella for two” [1]: Price 24.5."


def test_what_is_counted_has_its_prices_too(stand_in: ModelStandIn) -> None:
    messages = question_with_search("How many mugs are there, and what do they cost?", UMBRELLA, MUG)

    arguments = tool_calls_of(ask(stand_in, *messages, tools=TOOLS))["count_photos"]
    counts = answered_tool_call("count_photos", arguments, {"total": 1}, 2)

    assert arguments["query"] == "mugs"
    answer = ask(stand_in, *messages, *counts, tools=TOOLS).content
    assert answer.startswith("There is one such photo. Price: 9 [2].")
    assert "“Blue mug” [2]" in answer
    assert "price: 9" in answer


def mugs(prices: Sequence[str]) -> list[PhotoRecord]:
    return [PhotoRecord(number, "", fields=(("price", price),)) for number, price in enumerate(prices, 1)]


@pytest.mark.parametrize(
    ("prices", "total", "sentence"),
    [
        (["9.5", "9.5", "9.5"], 3, "Price: 9.5 [1]."),
        (["24.5", "9", "12.5"], 3, "Price: 9 [2], 12.5 [3] and 24.5 [1]."),
        (["9"], 38, "Price, of those that I was shown: 9 [1]."),
        ([str(number) for number in range(20, 0, -1)], 20, "Price: 1 [20] \u2013 20 [1]."),
        (["on request", "9"], 2, "Price: on request [1] and 9 [2]."),
        (list("abcdefgh"), 8, "Price: a [1], b [2], c [3], d [4], e [5], …."),
    ],
)
def test_values_are_told_once_each_and_many_numbers_as_a_range(prices: list[str], total: int, sentence: str) -> None:
    asked = [AskedField("price", "Price"), AskedField("material", "Material")]

    assert field_values(asked, mugs(prices), total, load_lexicon("en")) == [sentence]
