"""The answers of the chat model: they cite what the tools returned."""

import json

import openai
import pytest

from tests.local.models.conversation import (
    BIKE,
    CAT,
    DOG,
    TEXT,
    answered_tool_call,
    ask,
    photo,
    question_with_search,
    tool,
    tool_calls_of,
)
from tests.local.models.stand_in import ModelStandIn


def test_a_plain_question_is_answered_with_the_photos_that_match(stand_in: ModelStandIn) -> None:
    answer = ask(stand_in, *question_with_search("Show me the dog on the beach", DOG, BIKE, CAT)).content

    assert "Dog on the beach" in answer
    assert "[1]" in answer
    assert "[2]" not in answer
    assert "[3]" not in answer


@pytest.mark.parametrize(
    ("taken_at", "words"),
    [
        ("2024-12-31T22:30:00-05:00", "taken on 31 December 2024"),
        ("2024-12-31", "taken on 31 December 2024"),
        ("2024-12", None),
        ("2024", None),
    ],
)
def test_a_day_is_told_as_the_photo_has_it_and_only_if_it_is_known(
    stand_in: ModelStandIn, taken_at: str, words: str | None
) -> None:
    dog = {**DOG, "taken_at": taken_at}
    dated = answered_tool_call(
        "search_photos", {"query": "dog", "taken_after": "2024"}, {"total": 1, "photos": [dog]}, 2
    )

    answer = ask(stand_in, *question_with_search("Show me the dog in 2024", dog), *dated).content

    assert "Dog on the beach" in answer
    assert (words or "Dog on the beach") in answer
    assert ("taken on" in answer) == bool(words)


def test_the_librarys_own_fields_are_matched_and_told(stand_in: ModelStandIn) -> None:
    sold = photo(4, "Something round", fields={"product_type": "umbrella", "price": "24.5"})

    answer = ask(stand_in, *question_with_search("Show me umbrellas", DOG, sold)).content

    assert "“Something round” [4]" in answer
    assert "product type: umbrella, price: 24.5" in answer


def test_an_answer_says_that_nothing_was_found(stand_in: ModelStandIn) -> None:
    assert "no photo" in ask(stand_in, *question_with_search("Show me elephants")).content


def test_a_weak_match_is_not_presented_as_a_match(stand_in: ModelStandIn) -> None:
    answer = ask(stand_in, *question_with_search("Which photos show an elephant?", DOG, CAT)).content

    assert "None" in answer


def test_years_are_counted_by_month_where_only_months_are_offered(stand_in: ModelStandIn) -> None:
    monthly = tool("count_photos", query=TEXT, by={"type": "string", "enum": ["month", "folder"]})
    question = question_with_search("How many dogs per year?", DOG)

    arguments = tool_calls_of(ask(stand_in, *question, tools=[monthly]))["count_photos"]
    counts = {"total": 7, "by": {"month": {"2023-05": 3, "2023-06": 1, "2024-01": 3}}}
    answer = ask(
        stand_in, *question, *answered_tool_call("count_photos", arguments, counts, 2), tools=[monthly]
    ).content

    assert arguments == {"query": "dogs", "by": "month"}
    assert "2023 (4)" in answer


@pytest.mark.parametrize(
    "question",
    ["Zeig mir den Hund am Strand", "Montre-moi le chien sur la plage", "Muéstrame el perro en la playa"],
)
def test_english_captions_are_found_by_other_languages(stand_in: ModelStandIn, question: str) -> None:
    answer = ask(stand_in, *question_with_search(question, CAT, DOG)).content

    assert "[1]" in answer
    assert "[3]" not in answer


@pytest.mark.parametrize(
    "question",
    ["Show me the dog on the beach", "Zeig mir den Hund am Strand", "Muéstrame el perro en la playa"],
)
def test_captions_in_another_language_are_found_by_questions_in_any(stand_in: ModelStandIn, question: str) -> None:
    dog = photo(
        1, "Hund: sommer", caption="Ein Foto. Zu sehen: ein Hund. Er ist am Strand und im Wasser.", tags=["hund"]
    )
    cat = photo(2, "Katze", caption="Ein Foto. Zu sehen: eine Katze auf dem Sofa.", tags=["katze"])

    answer = ask(stand_in, *question_with_search(question, cat, dog)).content

    assert "[1]" in answer
    assert "[2]" not in answer


def test_a_question_for_a_number_is_counted_not_guessed(stand_in: ModelStandIn) -> None:
    question = question_with_search("How many dogs per year are there?", DOG)

    calls = tool_calls_of(ask(stand_in, *question))
    counted = answered_tool_call(
        "count_photos", calls["count_photos"], {"total": 7, "by": "year", "counts": {"2023": 4, "2024": 3}}, 2
    )
    answer = ask(stand_in, *question, *counted).content

    assert calls["count_photos"] == {"query": "dogs", "by": "year"}
    assert "7" in answer
    assert "2023 (4)" in answer


def test_a_question_about_text_looks_at_the_image(stand_in: ModelStandIn) -> None:
    question = question_with_search("What does the sign by the bike say?", DOG, BIKE)

    arguments = tool_calls_of(ask(stand_in, *question))["look_at_photos"]
    answer = ask(
        stand_in, *question, *answered_tool_call("look_at_photos", arguments, "The text reads: STOP.", 2)
    ).content

    assert arguments["ids"] == ["id-2"]
    assert "STOP" in answer
    assert "[2]" in answer


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("hello", "Ask me"),
        ("What can you do?", "questions"),
        ("Hallo!", "Frag"),
        ("Merci !", "prie"),
        ("¿Qué puedes hacer?", "fotos"),
    ],
)
def test_small_talk_needs_no_search(stand_in: ModelStandIn, question: str, word: str) -> None:
    message = ask(stand_in, {"role": "user", "content": question})

    assert not message.tool_calls
    assert word in message.content


def test_without_tools_the_photos_in_the_prompt_are_enough(stand_in: ModelStandIn) -> None:
    result = json.dumps({"total": 2, "photos": [DOG, BIKE]})

    answer = ask(
        stand_in,
        {"role": "system", "content": f"Photos found:\n{result}"},
        {"role": "user", "content": "Show me the red bike"},
        tools=openai.omit,
    ).content

    assert "[2]" in answer
    assert "[1]" not in answer
