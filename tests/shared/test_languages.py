"""Languages: tags and English names in, tags out, and a name for models."""

import pytest

from shared.errors import SettingsError
from shared.languages import describe_language, parse_language
from shared.settings import load
from tests.shared.test_settings import GOOD


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("DE-de", "de-DE"),
        ("pt_br", "pt-BR"),
        ("zh-hans-SG", "zh-Hans-SG"),
        ("es-419", "es-419"),
        ("ca-valencia", "ca-valencia"),
        ("de-CH-1996", "de-CH-1996"),
        ("deu", "de"),
        ("iw", "he"),
        ("gsw", "gsw"),
        ("German", "de"),
        ("  swiss   german ", "gsw"),
        ("Brazilian Portuguese", "pt-BR"),
        ("Simplified Chinese", "zh-Hans"),
        ("N'Ko", "nqo"),
        ("ga", "ga"),  # a tag before a name: Irish, not the language Ga
    ],
)
def test_tags_and_english_names_become_tags(text: str, tag: str) -> None:
    assert parse_language(text) == tag
    assert parse_language(tag) == tag


@pytest.mark.parametrize(
    "text",
    ["", "xx", "klingonese", "Deutsch", "de-", "de-DE-DE", "english please", "de-x-mine", "und", "d"],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="use a BCP 47 tag, such as de, pt-BR or zh-Hans, or the English name"):
        parse_language(text)


@pytest.mark.parametrize(
    ("tag", "name"), [("en", "English"), ("pt-BR", "Portuguese (pt-BR)"), ("zh-Hans", "Chinese (zh-Hans)")]
)
def test_models_read_the_name_and_the_tag_where_it_says_more(tag: str, name: str) -> None:
    assert describe_language(tag) == name


def test_the_setting_is_english_unless_it_says_otherwise() -> None:
    assert load(GOOD).caption_language == "en"
    assert load(GOOD | {"CAPTION_LANGUAGE": "French"}).caption_language == "fr"


def test_a_setting_that_is_no_language_is_named() -> None:
    with pytest.raises(SettingsError, match='CAPTION_LANGUAGE: "Germn" is not a language'):
        load(GOOD | {"CAPTION_LANGUAGE": "Germn"})
