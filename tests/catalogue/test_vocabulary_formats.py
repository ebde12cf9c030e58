"""Vocabularies as CSV and SKOS: what goes out comes back, and what cannot be read is named."""

import pytest
from hypothesis import given, settings, strategies as st

from catalogue.vocabulary_formats import read_csv, read_skos, write_csv, write_skos
from shared.catalogue.vocabulary import Term, Vocabulary, build_vocabulary

LETTERS = st.text("abcöé 'x=-+@\"<&;", min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(bool)
SKOS = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
  <skos:ConceptScheme rdf:about="http://example.org/animals"/>
  <skos:Concept rdf:about="http://example.org/animal">
    <skos:prefLabel xml:lang="en">Animal</skos:prefLabel><skos:prefLabel xml:lang="de">Tier</skos:prefLabel>
    <skos:narrower rdf:resource="http://example.org/dog"/>
  </skos:Concept>
  <rdf:Description rdf:about="http://example.org/dog">
    <rdf:type rdf:resource="http://www.w3.org/2004/02/skos/core#Concept"/>
    <skos:prefLabel xml:lang="en">Dog</skos:prefLabel>
    <skos:altLabel xml:lang="en">hound</skos:altLabel><skos:hiddenLabel>dgo</skos:hiddenLabel>
    <skos:broader rdf:resource="http://example.org/animal"/>
  </rdf:Description>
</rdf:RDF>"""


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    words = draw(st.lists(LETTERS, max_size=8, unique=True))
    tags = [f"{word}{number}" for number, word in enumerate(words)]
    return build_vocabulary(
        [
            Term(
                tag=tag,
                synonyms=tuple(f"{tag} S{number}" for number in range(draw(st.integers(0, 2)))),
                broader=tuple(sorted(draw(st.sets(st.sampled_from(tags[:position]))))) if position else (),
            )
            for position, tag in enumerate(tags)
        ]
    )


@settings(deadline=None)
@given(vocabularies())
def test_what_goes_out_comes_back(vocabulary: Vocabulary) -> None:
    assert read_csv(write_csv(vocabulary)) == vocabulary
    assert read_skos(write_skos(vocabulary)) == vocabulary


def test_a_table_is_read_as_spreadsheets_write_it() -> None:
    content = "\ufeffTag;Broader;Synonyms\r\nAnimal;;\r\nDog;animal;hound | Hund\r\n;;\r\n".encode()

    assert read_csv(content) == build_vocabulary(
        [Term(tag="animal"), Term(tag="dog", synonyms=("hound", "Hund"), broader=("animal",))]
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the first row must name the columns tag, synonyms, broader, uri"),
        (b"name,synonyms\na,b\n", "it names name, synonyms"),
        (b"tag,synonyms\n,b\n", "a row has no tag"),
        (b'tag\n"a\n', "is no row of a table"),
        (b"tag\n\xff\n", "not UTF-8"),
        (b"tag,broader\na,b\n", "a has the broader term 'b'"),
    ],
)
def test_a_broken_table_is_named(content: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_csv(content)


def test_a_thesaurus_is_read_with_its_labels_and_both_ways_of_saying_broader() -> None:
    assert read_skos(SKOS.encode()) == build_vocabulary(
        [
            Term(tag="animal", synonyms=("Tier",), uri="http://example.org/animal"),
            Term(tag="dog", synonyms=("hound", "dgo"), broader=("animal",), uri="http://example.org/dog"),
        ]
    )
    assert [each.tag for each in read_skos(SKOS.encode(), language="de-CH").terms] == ["tier", "dog"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<a>", "no RDF/XML that is read here"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "without a DTD"),
        ("<a/>", "outermost element must be rdf:RDF"),
        (
            SKOS.replace('<skos:prefLabel xml:lang="en">Dog</skos:prefLabel>', ""),
            "example.org/dog has no skos:prefLabel",
        ),
        (
            SKOS.replace(
                'skos:broader rdf:resource="http://example.org/animal"', 'skos:broader rdf:resource="http://x"'
            ),
            "'http://x'",
        ),
        (SKOS.replace("skos:narrower", "skos:broader"), "a term cannot be broader than itself"),
    ],
)
def test_a_broken_thesaurus_is_named(content: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_skos(content.encode())
