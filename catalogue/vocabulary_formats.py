"""Vocabularies as files of other programs: CSV, and SKOS as RDF/XML, which thesaurus editors write."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared.catalogue.vocabulary import MAX_BYTES, Term, Vocabulary, build_vocabulary

COLUMNS = ("tag", "synonyms", "broader", "uri")
BETWEEN = "|"  # between several words in one cell
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SKOS = "{http://www.w3.org/2004/02/skos/core#}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
register_namespace("rdf", RDF[1:-1])
register_namespace("skos", SKOS[1:-1])
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet takes for one, behind any quotes


def read_csv(content: bytes) -> Vocabulary:
    """
    A table with a column `tag` and, where wanted, `synonyms`, `broader` and `uri`; ValueError names the row at fault.

    Several words in a cell have `|` between them. Commas, semicolons or tabs are between cells, as spreadsheets write.
    """
    text = _decode(content)
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        columns = [each.strip().lower() for each in next(rows, [])]
        if "tag" not in columns or set(columns) - {*COLUMNS, ""}:
            raise ValueError(f"the first row must name the columns {', '.join(COLUMNS)}; it names {', '.join(columns)}")
        terms = [
            _term(dict(zip(columns, map(_unescaped, row), strict=False)))
            for row in rows
            if any(each.strip() for each in row)
        ]
    except csv.Error as error:
        raise ValueError(f"row {rows.line_num} is no row of a table: {error}") from error
    return build_vocabulary(terms)


def _term(cells: Mapping[str, str]) -> Term:
    tag = _line(cells["tag"]).lower()
    if not tag:
        raise ValueError("a row has no tag")
    broader = tuple(each.lower() for each in _words(cells.get("broader", "")))
    return Term(tag=tag, synonyms=_words(cells.get("synonyms", "")), broader=broader, uri=cells.get("uri", "").strip())


def _words(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for each in cell.split(BETWEEN) if (word := _line(each))))


def _line(text: str) -> str:
    return " ".join(text.split())


def _unescaped(cell: str) -> str:
    """The cell without the quote that keeps a spreadsheet from computing it."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell


def _decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise ValueError(f"the file has {len(content):,} bytes, and at most {MAX_BYTES:,} are read")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file is not UTF-8: {error}") from error


def write_csv(vocabulary: Vocabulary) -> bytes:
    """The same table: RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read it as such."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in vocabulary.terms:
        cells = (each.tag, BETWEEN.join(each.synonyms), BETWEEN.join(each.broader), each.uri)
        writer.writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


# -- SKOS ---------------------------------------------------------------------------------


def read_skos(content: bytes, *, language: str = "en") -> Vocabulary:
    """
    The concepts of an RDF/XML file; ValueError says what is wrong.

    The preferred label in `language` is the tag, or else one without a language, or any; all other labels are synonyms.
    `broader` counts, and so does its inverse, `narrower`.
    """
    _decode(content)
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"the file is no RDF/XML that is read here (without a DTD): {error}") from error
    if root.tag != f"{RDF}RDF":
        raise ValueError("the file is no RDF/XML: its outermost element must be rdf:RDF")
    concepts = {address: each for each in root if _is_concept(each) and (address := _address(each))}
    tags = {address: _preferred(each, language) for address, each in concepts.items()}
    broader = _broader(concepts)
    return build_vocabulary(
        [
            Term(
                tag=tags[address],
                synonyms=_synonyms(each, tags[address]),
                broader=tuple(dict.fromkeys(tags.get(wider, wider) for wider in broader[address])),
                uri="" if address.startswith("#") else address,
            )
            for address, each in concepts.items()
        ]
    )


def _is_concept(element: Element) -> bool:
    types = {each.get(f"{RDF}resource") for each in element.findall(f"{RDF}type")}
    return element.tag == f"{SKOS}Concept" or f"{SKOS[1:-1]}Concept" in types


def _address(element: Element) -> str:
    id_ = element.get(f"{RDF}ID")
    return element.get(f"{RDF}about") or (f"#{id_}" if id_ else "")


def _preferred(concept: Element, language: str) -> str:
    labels = {each.get(LANG, "").lower(): _line(each.text or "") for each in concept.findall(f"{SKOS}prefLabel")}
    wanted = (language.lower(), language.partition("-")[0].lower(), "", "en", *labels)
    label = next((labels[each] for each in wanted if labels.get(each)), "")
    if not label:
        raise ValueError(f"the concept {_address(concept)} has no skos:prefLabel")
    return label.lower()


def _synonyms(concept: Element, tag: str) -> tuple[str, ...]:
    kinds = ("prefLabel", "altLabel", "hiddenLabel")
    labels = (_line(each.text or "") for kind in kinds for each in concept.findall(f"{SKOS}{kind}"))
    unique = {label.lower(): label for label in labels if label and label.lower() != tag}
    return tuple(unique.values())


def _broader(concepts: Mapping[str, Element]) -> dict[str, list[str]]:
    found = {address: _resources(each, "broader") for address, each in concepts.items()}
    for address, each in concepts.items():
        for below in _resources(each, "narrower"):
            found.setdefault(below, []).append(address)
    return found


def _resources(concept: Element, name: str) -> list[str]:
    return [address for each in concept.findall(f"{SKOS}{name}") if (address := each.get(f"{RDF}resource"))]


def write_skos(vocabulary: Vocabulary, *, language: str = "en") -> bytes:
    """The vocabulary as RDF/XML, with one concept for each term."""
    root = Element(f"{RDF}RDF")
    addresses = {each.tag: each.uri or f"#{number}" for number, each in enumerate(vocabulary.terms, 1)}
    for each in vocabulary.terms:
        concept = SubElement(root, f"{SKOS}Concept", {f"{RDF}about": addresses[each.tag]})
        _add_labels(concept, "prefLabel", [each.tag], language)
        _add_labels(concept, "altLabel", each.synonyms, "")
        for tag in each.broader:
            SubElement(concept, f"{SKOS}broader", {f"{RDF}resource": addresses[tag]})
    indent(root)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_labels(concept: Element, name: str, labels: Iterable[str], language: str) -> None:
    for label in labels:
        SubElement(concept, f"{SKOS}{name}", {LANG: language} if language else {}).text = label
