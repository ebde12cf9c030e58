"""Vocabularies as SKOS, which thesaurus editors write: as RDF/XML and as Turtle."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from catalogue.turtle import RDF, UNFIT, Blank, Literal, Node, read_turtle
from catalogue.vocabulary_formats import decode, line
from shared.catalogue.vocabulary import Term, Vocabulary, build_vocabulary

SKOS = "http://www.w3.org/2004/02/skos/core#"
LABELS = ("prefLabel", "altLabel", "hiddenLabel")
IN_XML, SKOS_IN_XML = f"{{{RDF}}}", f"{{{SKOS}}}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TO_ESCAPE = re.compile(r'[\\"\x00-\x1f\x7f]')
register_namespace("rdf", RDF)
register_namespace("skos", SKOS)


@dataclass(frozen=True)
class Concept:
    """A concept of a thesaurus: its labels by kind, and the addresses of those above and below it."""

    address: str
    labels: Mapping[str, Sequence[Literal]]
    broader: Sequence[str]
    narrower: Sequence[str]

    def preferred(self, language: str) -> str:
        """The preferred label in a language, or else one without a language, in English, or any; small."""
        labels = {each.language: line(each.text) for each in self.labels["prefLabel"]}
        wanted = (language.lower(), language.partition("-")[0].lower(), "", "en", *labels)
        label = next((labels[each] for each in wanted if labels.get(each)), "")
        if not label:
            raise ValueError(f"the concept {self.address} has no skos:prefLabel")
        return label.lower()

    def synonyms(self, tag: str) -> tuple[str, ...]:
        """All other labels."""
        labels = (line(each.text) for kind in LABELS for each in self.labels[kind])
        unique = {label.lower(): label for label in labels if label and label.lower() != tag}
        return tuple(unique.values())


def read_skos(content: bytes, *, language: str = "en") -> Vocabulary:
    """
    The concepts of an RDF/XML file; ValueError says what is wrong.

    The preferred label in `language` is the tag, or else one without a language, or any; all other labels are synonyms.
    `broader` counts, and so does its inverse, `narrower`.
    """
    decode(content)
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"the file is no RDF/XML that is read here (without a DTD): {error}") from error
    if root.tag != f"{IN_XML}RDF":
        raise ValueError("the file is no RDF/XML: its outermost element must be rdf:RDF")
    return _vocabulary([_concept_of(each) for each in root if _is_concept(each) and _address(each)], language)


def read_skos_turtle(content: bytes, *, language: str = "en") -> Vocabulary:
    """The same of a Turtle file, or one of N-Triples."""
    text = decode(content)
    try:
        triples = read_turtle(text)
    except ValueError as error:
        raise ValueError(f"the file is no Turtle: {error}") from error
    about: dict[str, dict[str, list[Node]]] = {}
    for subject, predicate, value in triples:
        about.setdefault(subject, {}).setdefault(predicate, []).append(value)
    concepts = [
        _concept_about(address, values)
        for address, values in about.items()
        if f"{SKOS}Concept" in values.get(f"{RDF}type", ()) and not isinstance(address, Blank)
    ]
    if not concepts and (triples or not text.strip()):
        raise ValueError("the file has no skos:Concept")
    return _vocabulary(concepts, language)


def _vocabulary(concepts: Sequence[Concept], language: str) -> Vocabulary:
    tags = {each.address: each.preferred(language) for each in concepts}
    broader = {each.address: list(each.broader) for each in concepts}
    for each in concepts:
        for below in each.narrower:
            broader.setdefault(below, []).append(each.address)
    return build_vocabulary(
        [
            Term(
                tag=(tag := tags[each.address]),
                synonyms=each.synonyms(tag),
                broader=tuple(dict.fromkeys(tags.get(wider, wider) for wider in broader[each.address])),
                uri="" if each.address.startswith("#") else each.address,
            )
            for each in concepts
        ]
    )


def _concept_about(address: str, values: Mapping[str, Sequence[Node]]) -> Concept:
    def nodes(name: str) -> Sequence[Node]:
        return values.get(f"{SKOS}{name}", ())

    labels = {kind: [each for each in nodes(kind) if isinstance(each, Literal)] for kind in LABELS}
    above, below = ([each for each in nodes(name) if isinstance(each, str)] for name in ("broader", "narrower"))
    return Concept(address, labels, above, below)


# -- RDF/XML ------------------------------------------------------------------------------


def _is_concept(element: Element) -> bool:
    types = {each.get(f"{IN_XML}resource") for each in element.findall(f"{IN_XML}type")}
    return element.tag == f"{SKOS_IN_XML}Concept" or f"{SKOS}Concept" in types


def _address(element: Element) -> str:
    id_ = element.get(f"{IN_XML}ID")
    return element.get(f"{IN_XML}about") or (f"#{id_}" if id_ else "")


def _concept_of(element: Element) -> Concept:
    labels = {
        kind: [Literal(each.text or "", each.get(LANG, "").lower()) for each in element.findall(f"{SKOS_IN_XML}{kind}")]
        for kind in LABELS
    }
    return Concept(_address(element), labels, _resources(element, "broader"), _resources(element, "narrower"))


def _resources(element: Element, name: str) -> list[str]:
    found = element.findall(f"{SKOS_IN_XML}{name}")
    return [address for each in found if (address := each.get(f"{IN_XML}resource"))]


def write_skos(vocabulary: Vocabulary, *, language: str = "en") -> bytes:
    """The vocabulary as RDF/XML, with one concept for each term."""
    root = Element(f"{IN_XML}RDF")
    addresses = _addresses(vocabulary)
    for each in vocabulary.terms:
        concept = SubElement(root, f"{SKOS_IN_XML}Concept", {f"{IN_XML}about": addresses[each.tag]})
        _add_labels(concept, "prefLabel", [each.tag], language)
        _add_labels(concept, "altLabel", each.synonyms, "")
        for tag in each.broader:
            SubElement(concept, f"{SKOS_IN_XML}broader", {f"{IN_XML}resource": addresses[tag]})
    indent(root)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _addresses(vocabulary: Vocabulary) -> dict[str, str]:
    return {each.tag: each.uri or f"#{number}" for number, each in enumerate(vocabulary.terms, 1)}


def _add_labels(concept: Element, name: str, labels: Iterable[str], language: str) -> None:
    for label in labels:
        SubElement(concept, f"{SKOS_IN_XML}{name}", {LANG: language} if language else {}).text = label


# -- Turtle -------------------------------------------------------------------------------


def write_skos_turtle(vocabulary: Vocabulary, *, language: str = "en") -> bytes:
    """The vocabulary as Turtle; what no address may have in it is written as `%20` and the like."""
    addresses = {tag: UNFIT.sub(lambda each: quote(each[0]), uri) for tag, uri in _addresses(vocabulary).items()}
    blocks = [f"@prefix skos: <{SKOS}> .\n"]
    for each in vocabulary.terms:
        lines = [f"<{addresses[each.tag]}> a skos:Concept", f"skos:prefLabel {_quoted(each.tag)}@{language}"]
        lines += [f"skos:altLabel {_quoted(synonym)}" for synonym in each.synonyms]
        lines += [f"skos:broader <{addresses[tag]}>" for tag in each.broader]
        blocks.append(" ;\n    ".join(lines) + " .\n")
    return "\n".join(blocks).encode()


def _quoted(text: str) -> str:
    escaped = TO_ESCAPE.sub(lambda each: f"\\{each[0]}" if each[0] in '"\\' else f"\\u{ord(each[0]):04X}", text)
    return f'"{escaped}"'
