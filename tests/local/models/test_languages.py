"""Descriptions in German, French and Spanish: the same facts in good grammar."""

from typing import Any

import pytest

from local.models.vision.analysis import Detection, LightStatistics, PaletteColor, SceneAnalysis, TextLine
from local.models.vision.grammar import CODES, noun_for, nouns, parse_noun
from local.models.vision.networks import object_detector
from local.models.vision.prompt_hints import parse_hints
from local.models.vision.schema_filling import requested_language
from local.models.vision.taxonomy import kinds_of, known_labels
from local.models.vision.translated import describe_in
from local.models.vision.wording import load_wording
from tests.local.models.stand_in import (
    VISION,
    ModelStandIn,
    data_url,
    description_messages,
    plain_image,
    strict_response_format,
)

LEFT, RIGHT, SMALL, MOST = (0.0, 0.0, 0.1, 0.4), (0.8, 0.0, 0.9, 0.4), (0.4, 0.1, 0.6, 0.2), (0.0, 0.1, 0.9, 0.9)
HINTS = parse_hints("path: trip/sunny day.jpg\ntaken: 2024-05-01T10:11:12\nplace: Rome")
PALETTE = (PaletteColor("blue", 0.5), PaletteColor("white", 0.3))


def scene(*detections: Detection, **changes: Any) -> SceneAnalysis:
    values: dict[str, Any] = {"width": 800, "height": 600, "kind": "photo", "palette": PALETTE}
    return SceneAnalysis(**values | {"light": LightStatistics(0.7, 0.3), "detections": detections} | changes)


CROWD = scene(
    Detection("person", 0.9, LEFT),
    Detection("person", 0.9, RIGHT),
    Detection("beagle", 0.9, SMALL),
    Detection("elephant", 0.4, MOST),
    text_lines=(TextLine("HARBOUR 42", 0.9, LEFT),),
    sky_share=0.9,
)


@pytest.mark.parametrize(
    ("code", "title", "alt_text", "caption"),
    [
        (
            "de",
            "Zwei Personen und Hund: sunny day",
            "Zwei Personen, ein Hund und wahrscheinlich ein Elefant; überwiegend in Blau und Weiß, "
            "mit den Worten „HARBOUR 42“.",
            "Ein helles Foto im Querformat in Blau und Weiß, im Freien aufgenommen. Zu sehen: zwei Personen, ein Hund "
            "und wahrscheinlich ein Elefant. Die Personen sind links und rechts. Der Hund ist in der Mitte, "
            "aber klein. "
            "Der Elefant füllt den größten Teil des Bildes. Zu lesen ist: „HARBOUR 42“. Aufgenommen am Mittwoch, "
            "1. Mai 2024, am Morgen (Frühling). Ort: Rome. Die Datei heißt „sunny day“. Abgelegt unter „trip“.",
        ),
        (
            "fr",
            "Deux personnes et chien : sunny day",
            "Deux personnes, un chien et probablement un éléphant ; surtout en bleu et blanc, "
            "avec les mots « HARBOUR 42 ».",
            "Une photo claire au format paysage en bleu et blanc, en extérieur. On y voit deux personnes, un chien et "
            "probablement un éléphant. Les personnes se trouvent à gauche et à droite. Le chien se trouve au "
            "milieu, en "
            "petit. L'éléphant occupe presque toute l'image. On y lit : « HARBOUR 42 ». Date : mercredi 1er mai "
            "2024, le "
            "matin (printemps). Lieu : Rome. Le fichier s'appelle « sunny day ». Image classée sous « trip ».",
        ),
        (
            "es",
            "Dos personas y perro: sunny day",
            "Dos personas, un perro y probablemente un elefante; sobre todo en azul y blanco, "
            "con las palabras «HARBOUR 42».",
            "Una foto clara en formato horizontal en azul y blanco, en exteriores. Muestra dos personas, un perro y "
            "probablemente un elefante. Las personas están a la izquierda y a la derecha. El perro está en el "
            "centro, en "
            "pequeño. El elefante ocupa casi toda la imagen. Se lee: «HARBOUR 42». Fecha: miércoles, 1 de mayo "
            "de 2024, "
            "por la mañana (primavera). Lugar: Rome. El archivo se llama «sunny day». Se guarda en «trip».",
        ),
    ],
)
def test_a_scene_is_described_in_whole_sentences(code: str, title: str, alt_text: str, caption: str) -> None:
    facts = describe_in(code, CROWD, HINTS)

    assert (facts["title"], facts["alt_text"], facts["caption"], facts["language"]) == (title, alt_text, caption, code)


@pytest.mark.parametrize(
    ("code", "tags"),
    [
        ("de", {"hund", "tier", "elefant", "personen", "blau", "draußen", "querformat", "hell", "mai", "frühling"}),
        ("fr", {"chien", "animal", "éléphant", "personnes", "bleu", "extérieur", "clair", "mai", "printemps", "matin"}),
        ("es", {"perro", "animal", "elefante", "personas", "azul", "exterior", "claro", "mayo", "primavera", "mañana"}),
    ],
)
def test_tags_are_lower_case_words_of_the_language_and_the_owner(code: str, tags: set[str]) -> None:
    facts = describe_in(code, CROWD, HINTS)

    assert tags | {"trip", "sunny day", "2024"} <= set(facts["tags"])
    assert facts["tags"] == [tag.lower() for tag in facts["tags"]]
    assert (facts["setting"], facts["colors"]) == ("outdoors", ["blue", "white"])


@pytest.mark.parametrize("code", CODES)
def test_every_label_has_a_noun_or_is_of_a_kind_that_has_one(code: str) -> None:
    labels = known_labels() | set(object_detector.LABELS)

    assert all(noun_for(label, code).plural for label in labels)
    assert {label for label in nouns(code) if label not in labels} == set()


def test_a_breed_without_a_noun_is_a_dog_once() -> None:
    facts = describe_in("de", scene(Detection("beagle", 0.9, MOST), Detection("basset", 0.4, MOST)), parse_hints(""))

    assert "dog" in kinds_of("beagle")
    assert facts["title"] == "Hund"


@pytest.mark.parametrize(
    ("cell", "code", "plural"),
    [
        ("m cheval", "fr", "chevaux"),
        ("m bateau", "fr", "bateaux"),
        ("m ours", "fr", "ours"),
        ("m sac à dos", "fr", "sacs à dos"),
        ("m poisson rouge", "fr", "poissons rouges"),
        ("f bouteille d'eau", "fr", "bouteilles d'eau"),
        ("m camión", "es", "camiones"),
        ("m autobús escolar", "es", "autobuses escolares"),
        ("m pez", "es", "peces"),
        ("m paraguas", "es", "paraguas"),
        ("m reloj de arena", "es", "relojes de arena"),
        ("m hámster|hámsteres", "es", "hámsteres"),
    ],
)
def test_plurals(cell: str, code: str, plural: str) -> None:
    assert parse_noun(cell, code).plural == plural


@pytest.mark.parametrize(
    ("label", "code", "indefinite", "definite"),
    [
        ("boat", "de", "ein Boot", "das Boot"),
        ("cat", "de", "eine Katze", "die Katze"),
        ("hippopotamus", "fr", "un hippopotame", "l'hippopotame"),
        ("lobster", "fr", "un homard", "le homard"),
        ("church", "fr", "une église", "l'église"),
        ("bird", "es", "un ave", "el ave"),
        ("car", "es", "un coche", "el coche"),
    ],
)
def test_articles(label: str, code: str, indefinite: str, definite: str) -> None:
    noun, words = noun_for(label, code), load_wording(code).entries

    assert noun.with_article(words["indefinite"]) == indefinite
    assert noun.with_article(words["definite"]) == definite


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", ["photo", "screenshot", "document", "graphic"])
def test_every_kind_of_picture_has_words_in_light_and_dark(code: str, kind: str) -> None:
    for width, brightness in ((600, 0.1), (800, 0.5), (1600, 0.9), (400, 0.9)):
        light = LightStatistics(brightness, 0.3 if width == 600 else 0.0)

        facts = describe_in(code, scene(width=width, kind=kind, light=light, palette=()), parse_hints(""))

        assert "  " not in facts["caption"]
        assert "{" not in "".join([facts["title"], facts["alt_text"], facts["caption"], *facts["tags"]])


def test_all_languages_have_the_same_phrases() -> None:
    [german, *others] = (load_wording(code).entries for code in CODES)

    assert all(each.keys() == german.keys() for each in others)
    for table in ("seasons", "times", "colors", "tags"):
        assert all(each[table].keys() == german[table].keys() for each in others)


# -- what a request asks for --------------------------------------------------------------


@pytest.mark.parametrize(
    ("description", "language"),
    [
        ("In German.", "German"),
        ("A title in French, of at most eight words", "French"),
        ("In Portuguese (pt-BR).", "Portuguese (pt-BR)"),
        ("What can be seen in the picture", None),
    ],
)
def test_the_language_is_read_from_the_schema(description: str, language: str | None) -> None:
    assert requested_language({"properties": {"caption": {"description": description}}}) == language
    assert requested_language({"properties": {"colors": {"description": description}}}) is None


def test_a_description_comes_in_the_language_of_the_schema(stand_in: ModelStandIn) -> None:
    schema = strict_response_format(caption={"type": "string", "description": "In Spanish."}, text={"type": "string"})

    described = stand_in.describe(data_url(plain_image("blue", text="HARBOUR 42")), response_format=schema)

    assert described["caption"].startswith("Un")
    assert "en azul" in described["caption"]
    assert described["text"] == "HARBOUR 42"


def test_a_language_it_does_not_speak_is_refused_in_words(stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"describe": "fast"})
    reply = stand_in.client.chat.completions.create(
        model=VISION,
        messages=description_messages(data_url(plain_image())),
        response_format=strict_response_format(  # type: ignore[call-overload]
            caption={"type": "string", "description": "In Portuguese (pt-BR)."}
        ),
    )

    assert reply.choices[0].message.refusal == (
        "I'm sorry, I describe pictures only in English, German, French and Spanish, not in Portuguese (pt-BR)."
    )
