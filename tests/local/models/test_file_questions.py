"""Questions about what a photo's file says: who made it, whether it may be used, its stars and its keywords."""

from datetime import date
from typing import Any

import pytest

from local.models.chat.question_parser import ParsedQuestion, parse_question
from tests.local.models.conversation import (
    TEXT,
    answered_tool_call,
    ask,
    photo,
    question_with_search,
    tool,
    tool_calls_of as calls_of,
)
from tests.local.models.stand_in import ModelStandIn

CRANE = photo(
    1,
    "Harbour at dusk",
    file={
        "title": "Harbour crane, second berth",
        "creators": ["Ann Example", "Jo Doe"],
        "credit": "Example Archive",
        "rights": "(c) 2023 Example Pictures",
        "usage_terms": "Editorial use only",
    },
)
SILENT = photo(2, "Lighthouse on a rock", tags=["lighthouse"])


def parsed(text: str) -> ParsedQuestion:
    return parse_question(text, date(2026, 11, 26))


@pytest.mark.parametrize(
    ("text", "facts", "terms"),
    [
        ("Who made the photo of the crane, and may I print it?", ("creators", "rights"), ("crane",)),
        ("May I print the crane photo?", ("rights",), ("crane",)),
        ("who took the picture of the crane", ("creators",), ("crane",)),
        ("Who is the photographer of the crane?", ("creators",), ("crane",)),
        ("What is the licence of the crane photo?", ("rights",), ("crane",)),
        ("Are we allowed to publish the crane?", ("rights",), ("crane",)),
        ("Wer hat das Foto vom Kran gemacht, und darf ich es drucken?", ("creators", "rights"), ("kran",)),
        ("Von wem ist das Bild vom Kran aufgenommen?", ("creators",), ("kran",)),
        ("Qui a pris la photo de la grue, et puis-je l'imprimer ?", ("creators", "rights"), ("grue",)),
        ("¿Quién hizo la foto de la grúa y puedo imprimirla?", ("creators", "rights"), ("grúa",)),
        ("people who made a cake", (), ("people", "cake")),
        ("Can I see the crane?", (), ("crane",)),
        ("a rally for civil rights", (), ("rally", "civil", "rights")),
        ("How many photos per photographer?", (), ()),
    ],
)
def test_what_it_asks_of_the_file(text: str, facts: tuple[str, ...], terms: tuple[str, ...]) -> None:
    question = parsed(text)

    assert question.file_facts == facts
    assert question.terms == terms
    assert question.date_range is None
    assert (question.intent == "file") == bool(facts)


@pytest.mark.parametrize(
    ("text", "creator"),
    [
        ("photos by Ann Example", "Ann Example"),
        ("pictures taken by A. Writer in 2023", "A. Writer"),
        ("Which photos did Vincent van Gogh take?", "Vincent van Gogh"),
        ('photos by "ann example"', "ann example"),
        ("Wie viele Fotos hat Ann Example gemacht?", "Ann Example"),
        ("Bilder, aufgenommen von Ann Example", "Ann Example"),
        ("les photos prises par Ann Example", "Ann Example"),
        ("¿Cuántas fotos hizo Ann Example?", "Ann Example"),
        ("a bench by Lake Zurich", None),
        ("Hat der Hund einen Ball?", None),
        ("did Santa come?", None),
    ],
)
def test_the_name_of_a_creator(text: str, creator: str | None) -> None:
    assert parsed(text).creator == creator


@pytest.mark.parametrize(
    ("text", "rating", "terms"),
    [
        ("dogs with at least four stars", 4, ("dogs",)),
        ("5-star dogs", 5, ("dogs",)),
        ("dogs rated 3 stars or more", 3, ("dogs",)),
        ("Hunde mit mindestens drei Sternen", 3, ("hunde",)),
        ("chiens avec au moins deux étoiles", 2, ("chiens",)),
        ("perros con cuatro estrellas o más", 4, ("perros",)),
        ("stars over the desert", None, ("stars", "over", "desert")),
        ("9 stars", None, ("stars",)),
    ],
)
def test_stars_are_a_filter(text: str, rating: int | None, terms: tuple[str, ...]) -> None:
    assert (parsed(text).rating, parsed(text).terms) == (rating, terms)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("dogs with the keyword agility", "agility"),
        ('filed under "harbour crane"', "harbour crane"),
        ("Fotos mit dem Stichwort Hafen", "Hafen"),
        ("keyword", None),
        ("dogs", None),
    ],
)
def test_keywords_of_people_are_a_filter(text: str, keyword: str | None) -> None:
    assert parsed(text).keyword == keyword


@pytest.mark.parametrize(
    "question",
    [
        "Who made the photo of the crane, and may I print it?",
        "Wer hat das Foto mit dem Crane gemacht, und darf ich es drucken?",
        "Qui a pris la photo avec le crane, et puis-je l'imprimer ?",
        "¿Quién hizo la foto con el crane, y puedo imprimirla?",
    ],
)
def test_the_words_of_the_file_are_quoted_and_cited(stand_in: ModelStandIn, question: str) -> None:
    answer = ask(stand_in, *question_with_search(question, SILENT, CRANE), tools=[]).content

    for words in ("Ann Example", "Jo Doe", "Example Archive", "(c) 2023 Example Pictures", "Editorial use only"):
        assert words in answer
    assert "[1]" in answer
    assert "[2]" not in answer


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who took the photo of the lighthouse? May I use it?", ("does not say who", "no permission")),
        ("Wer hat das Foto vom Leuchtturm lighthouse gemacht? Darf ich es nutzen?", ("nicht, wer", "keine Erlaubnis")),
        ("Qui a fait la photo du phare lighthouse ? Puis-je la publier ?", ("ne dit pas qui", "pas une autorisation")),
        ("¿Quién hizo la foto del faro lighthouse? ¿Puedo usarla?", ("no dice quién", "no es un permiso")),
    ],
)
def test_a_silent_file_is_said_to_be_silent(stand_in: ModelStandIn, question: str, words: tuple[str, ...]) -> None:
    answer = ask(stand_in, *question_with_search(question, CRANE, SILENT), tools=[]).content

    assert all(each in answer for each in words)
    assert "[2]" in answer
    assert "Ann Example" not in answer


@pytest.mark.parametrize("question", ["Who took it?", "who took [2]?", "Who took the second one?"])
def test_a_photo_of_an_earlier_turn_is_meant_by_its_number_or_as_it(stand_in: ModelStandIn, question: str) -> None:
    crane = CRANE | {"n": 2, "id": "id-2"}
    cited = "“Lighthouse on a rock” [1] and " if question != "Who took it?" else ""
    earlier = [
        *question_with_search("the harbour", SILENT | {"n": 1, "id": "id-1"}, crane),
        {"role": "assistant", "content": f"I found {cited}“Harbour at dusk” [2]."},
    ]

    message = ask(stand_in, *earlier, *question_with_search(question, photo(3, "A cake")))

    assert not message.tool_calls
    assert "Ann Example" in message.content
    assert "[2]" in message.content
    assert "[3]" not in message.content


FILE_TOOL = tool("search_photos", query=TEXT, made_by=TEXT, filed_under=TEXT, rating={"type": "integer", "maximum": 5})


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("photos by Ann Example", {"query": "ann example", "made_by": "Ann Example"}),
        ("dogs with at least four stars", {"query": "dogs", "rating": 4}),
        ("dogs with the keyword agility", {"query": "dogs", "filed_under": "agility"}),
    ],
)
def test_filters_of_the_file_are_arguments_of_a_search(
    stand_in: ModelStandIn, question: str, arguments: dict[str, Any]
) -> None:
    assert (
        calls_of(ask(stand_in, *question_with_search(question, CRANE), tools=[FILE_TOOL]))["search_photos"] == arguments
    )


def test_only_photos_whose_file_agrees_are_answered_with(stand_in: ModelStandIn) -> None:
    question = question_with_search("photos by Ann Example", SILENT, CRANE)
    found = {"total": 1, "photos": [CRANE]}
    arguments = {"query": "ann example", "made_by": "Ann Example"}

    answer = ask(stand_in, *question, *answered_tool_call("search_photos", arguments, found, 2)).content
    nobody = ask(stand_in, *question_with_search("photos by Max Nobody", SILENT, CRANE), tools=[]).content

    assert "Harbour at dusk" in answer
    assert "no photo" in nobody
