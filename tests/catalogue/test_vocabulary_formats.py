"""Vocabularies as CSV and SKOS: what goes out comes back, and what cannot be read is named."""

import pytest
from hypothesis import given, settings, strategies as st

from catalogue.skos import read_skos, read_skos_turtle, write_skos, write_skos_turtle
from catalogue.vocabulary_formats import read_csv, write_csv
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
    assert read_skos_turtle(write_skos_turtle(vocabulary)) == vocabulary


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


TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . # as thesauri are published
PREFIX : <http://example.org/>
<http://example.org/animals> a skos:ConceptScheme ; skos:hasTopConcept :animal .
:animal a skos:Concept ; skos:prefLabel "Animal"@en , "Tier"@de ;
    skos:narrower :dog ; skos:note [ a :Note ; :values ( 1 2.5 "x"^^:text true ) ] ; .
:dog a skos:Concept, :Thing ; skos:prefLabel '''Dog'''@EN ; skos:altLabel "hound"@en ; skos:hiddenLabel "dgo" ;
    skos:broader :animal .
_:nobody a skos:Concept ."""


def test_a_thesaurus_in_turtle_says_the_same_as_in_xml() -> None:
    assert read_skos_turtle(TURTLE.encode()) == read_skos(SKOS.encode())
    assert [each.tag for each in read_skos_turtle(TURTLE.encode(), language="de-CH").terms] == ["tier", "dog"]


def test_what_no_address_has_is_escaped_on_the_way_out() -> None:
    vocabulary = build_vocabulary([Term(tag='a "b" \\', synonyms=("ü",), uri="http://x/a b")])

    [term] = read_skos_turtle(write_skos_turtle(vocabulary)).terms

    assert (term.tag, term.synonyms, term.uri) == ('a "b" \\', ("ü",), "http://x/a%20b")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (TURTLE.replace("PREFIX :", "PREFIX x:"), "line 3: no @prefix says what : stands for"),
        (TURTLE.replace("; .", "; ] ."), r"line 5: '.' is expected, not '\]'"),
        (TURTLE + "\n<a> <b>", "line 9: a value is expected, not the end"),
        (TURTLE.replace('"Animal"@en , "Tier"@de', "[]"), "example.org/animal has no skos:prefLabel"),
        (TURTLE.replace("skos:narrower :dog", "skos:broader :dog"), "a term cannot be broader than itself"),
        (TURTLE.replace("skos:broader :animal", "skos:broader :x"), "'http://example.org/x'"),
        ("<a> <b> " + "[ <c> " * 101, "more than 100 brackets"),
        ('<a> <b> "\\uD800" .', "names a character that there is not"),
        ('<a> <b> "c', "line 1: '\"c' is not expected here"),
        ("<a\\u0020> <b> <c> .", "an address cannot have ' ' in it"),
        ('{"@context": {}}', "the file is no Turtle"),
        ("", "has no skos:Concept"),
        ("<a> <b> <c> .", "has no skos:Concept"),
    ],
)
def test_broken_turtle_is_named(content: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_skos_turtle(content.encode())
