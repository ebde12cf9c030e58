"""Turtle as its grammar has it, after the examples of the recommendation."""

from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from catalogue.turtle import RDF, Blank, Literal, Node, read_turtle

EX = "http://example.org/"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("@base <http://example.org/a/b> . <../c> <p> <o> .", f"{EX}c"),
        ("BASE <http://example.org/> @prefix x: <vocabulary#> . x:y <p> <o> .", f"{EX}vocabulary#y"),
        ("prefix : <http://example.org/> :a.b <p> <o> .", f"{EX}a.b"),
        ("prefix x: <http://example.org/> x:0%41\\~ <p> <o>.", f"{EX}0%41~"),
        ("prefix x.y: <http://example.org/> x.y: <p> <o> .", EX),
        ("<http://example.org/\\u00E9> <p> <o> .", f"{EX}é"),
    ],
)
def test_an_address_is_written_in_many_ways(text: str, address: str) -> None:
    assert read_turtle(text)[0][0] == address


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a\\tb\\u00e9\\U0001F600"@de-CH', Literal("a\tbé😀", "de-ch")),
        ('"""a "quoted" ""\n# no comment"""', Literal('a "quoted" ""\n# no comment')),
        ("'it\\'s'", Literal("it's")),
        ('"1"^^<http://www.w3.org/2001/XMLSchema#integer>', Literal("1")),
        *((number, Literal(number)) for number in ("1", "-2.5", ".5", "+1e6", "1.E3", "true")),
    ],
)
def test_a_literal_is_its_text_and_language(text: str, value: Node) -> None:
    assert read_turtle(f"<s> <p> {text} .") == [("s", "p", value)]
    assert read_turtle(f"<s> <p> {text}, <o>; <q> <o>.")[0] == ("s", "p", value)


def test_brackets_are_nodes_without_an_address() -> None:
    [(node, *_), (subject, predicate, value)] = read_turtle("[ a <T> ] . <s> <p> _:x-1.")
    assert isinstance(node, Blank)
    assert (subject, predicate, value) == ("s", "p", Blank("_:x-1"))

    triples = read_turtle("( 1 ) <p> ( ) .")
    assert [each[1:] for each in triples] == [
        (f"{RDF}first", Literal("1")),
        (f"{RDF}rest", f"{RDF}nil"),
        ("p", f"{RDF}nil"),
    ]


@settings(deadline=None)
@given(st.text("<>\"'\\@^_:.;,()[]{}# \na1eéuU0-+%", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(read_turtle(text), list)
