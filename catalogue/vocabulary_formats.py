"""Vocabularies as tables, which spreadsheets write."""

import csv
import io
import re
from collections.abc import Mapping

from shared.catalogue.vocabulary import MAX_BYTES, Term, Vocabulary, build_vocabulary

COLUMNS = ("tag", "synonyms", "broader", "uri")
BETWEEN = "|"  # between several words in one cell
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet takes for one, behind any quotes


def read_csv(content: bytes) -> Vocabulary:
    """
    A table with a column `tag` and, where wanted, `synonyms`, `broader` and `uri`; ValueError names the row at fault.

    Several words in a cell have `|` between them. Commas, semicolons or tabs are between cells, as spreadsheets write.
    """
    text = decode(content)
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
    tag = line(cells["tag"]).lower()
    if not tag:
        raise ValueError("a row has no tag")
    broader = tuple(each.lower() for each in _words(cells.get("broader", "")))
    return Term(tag=tag, synonyms=_words(cells.get("synonyms", "")), broader=broader, uri=cells.get("uri", "").strip())


def _words(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for each in cell.split(BETWEEN) if (word := line(each))))


def line(text: str) -> str:
    """The words of a text, with one space between them."""
    return " ".join(text.split())


def _unescaped(cell: str) -> str:
    """The cell without the quote that keeps a spreadsheet from computing it."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell


def decode(content: bytes) -> str:
    """The text of a file; ValueError if it is too large, or no UTF-8."""
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
