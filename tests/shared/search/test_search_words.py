"""What is indexed beside the fields of a photo, and in which fields for languages."""

import unicodedata

import pytest
from azure.search.documents.indexes.models import LexicalAnalyzerName

from shared.geo_cells import GEO_CELL
from shared.languages import parse_language
from shared.photo import Photo
from shared.search.language_fields import ANALYZERS, analyzer_of, language_field
from shared.search.schema import index_definition
from shared.search.search_words import FOLDED_TEXTS, FOLDED_WORDS, search_words


def test_nothing_of_plain_english_is_indexed_twice() -> None:
    photo = Photo(id="a", path="a/red boat.jpg", title="A red boat", caption="A boat.", tags=["boat"], creators=["Jo"])

    assert search_words(photo, []) == {FOLDED_WORDS: "", FOLDED_TEXTS: [], GEO_CELL: []}


def test_only_the_words_that_are_written_otherwise_are_scored_and_whole_texts_are_looked_into() -> None:
    decomposed = unicodedata.normalize("NFD", "a/Käthe.jpg")
    photo = Photo(id="a", path=decomposed, caption="A café by the lake.", creators=["Zoë Müller", "Jo Doe"])

    words = search_words(photo, [])

    assert words[FOLDED_WORDS] == "cafe zoe muller"
    assert words[FOLDED_TEXTS] == ["a cafe by the lake", "zoe muller", "a kathe jpg"]


def test_a_description_is_in_the_field_of_its_language_and_in_no_other() -> None:
    photo = Photo(
        id="a", path="a.jpg", title="Boote", caption="Zwei Boote.", keywords=["See"], caption_language="de-AT"
    )

    words = search_words(photo, ["described_de", "described_ja"])

    assert words["described_de"] == "Boote\nZwei Boote.\nSee"
    assert words["described_ja"] is None


@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ("en", ""),
        ("en-GB", ""),
        ("de", "described_de"),
        ("pt-BR", "described_pt_br"),
        ("pt", "described_pt_pt"),
        ("zh", "described_zh_hans"),
        ("zh-Hant-HK", "described_zh_hant"),
        ("zh-TW", "described_zh_hant"),
        ("sr", "described_sr_cyrillic"),
        ("sr-Latn-RS", "described_sr_latin"),
        ("no", "described_nb"),
        ("sw", ""),
    ],
)
def test_every_language_has_its_field_if_the_service_has_an_analyzer(tag: str, field: str) -> None:
    assert language_field(parse_language(tag)) == field


def test_every_analyzer_is_one_of_the_service() -> None:
    assert set(ANALYZERS.values()) <= {each.value for each in LexicalAnalyzerName}


def test_the_index_has_the_field_of_its_language_and_keeps_those_of_others() -> None:
    definition = index_definition("photos", 2, language="ja", existing=["id", "described_pt_br"])

    added = {each["name"]: each["analyzer"] for each in definition["fields"] if each["name"].startswith("described_")}
    assert added == {"described_ja": "ja.microsoft", "described_pt_br": "pt-BR.microsoft"}
    assert analyzer_of("described_eu") == "eu.lucene"
    assert not any(each["name"].startswith("described_") for each in index_definition("photos", 2)["fields"])
