"""
A CSV file as a spreadsheet saves it: with or without byte order mark, with commas, semicolons or tabs between cells.

Excel saves "CSV UTF-8" with a mark and the separator of its country, "Unicode Text" in UTF-16 with tabs, and "CSV"
in the encoding of its country, which nobody can tell and is refused. Where cells are not separated by commas, numbers
may have one in place of the point.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO

from catalogue.export.columns import ETAG, ID, columns, editable_names
from shared.errors import BadRequest

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SEPARATORS = ",;\t"
SEPARATOR_LINE = "sep="  # Excel's own way to name it, in a line before the header
DECIMAL_COMMA = re.compile(r"('?-?\d+),(\d+)")
LARGEST_CELL = 1_000_000  # characters


@dataclass(frozen=True)
class Row:
    """A row by its number in the spreadsheet, where the header is 1, and its cells by column; or what is wrong."""

    number: int
    cells: Mapping[str, str]
    fault: str = ""


def read_table(file: IO[bytes]) -> Iterator[Row]:
    """
    The rows of a file, one at a time; BadRequest if it isn't CSV, or its header names what nobody knows.

    The whole file is read before the first row is given, so that a quote missing near its end changes nothing.
    """
    csv.field_size_limit(LARGEST_CELL)
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        for _ in _rows(text):
            pass
        text.seek(0)
        yield from _rows(text)
    except UnicodeDecodeError as error:
        raise BadRequest(
            'the file is not in UTF-8: in Excel, save it as "CSV UTF-8", in LibreOffice choose the character set UTF-8'
        ) from error
    except csv.Error as error:
        raise BadRequest(f"the file is not CSV: {error}") from error
    finally:
        text.detach()


def _encoding(file: IO[bytes]) -> str:
    start = file.read(2)
    file.seek(0)
    return "utf-16" if start in UTF_16 else "utf-8-sig"


def _rows(text: io.TextIOWrapper) -> Iterator[Row]:
    separator, first = _separator(text)
    reader = csv.reader(text, delimiter=separator, strict=True)
    header = _header(next(reader, []))
    for number, cells in enumerate(reader, first + 1):
        if any(cells):
            row = _row(number, header, cells)
            yield row if separator == "," else _with_points(row)


def _separator(text: io.TextIOWrapper) -> tuple[str, int]:
    """What stands between cells, and the number of the row that is the header."""
    line = text.readline()
    if line.lower().startswith(SEPARATOR_LINE) and (separator := line.strip()[len(SEPARATOR_LINE) :]):
        return separator[0], 2
    text.seek(0)
    return max(SEPARATORS, key=line.count), 1


def _header(cells: Sequence[str]) -> list[str]:
    """The columns by their names; BadRequest if those that are needed are missing, or one is there twice."""
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not {ID, ETAG} <= set(names):
        raise BadRequest(
            f"the first row must name the columns, among them {ID} and {ETAG}, which tell what photo a row is of and "
            "whether it has changed since: edit a file that was exported"
        )
    table = columns()
    for name in names:
        if name not in table:
            raise BadRequest(f"there is no column {name[:100]!r}; those that can be edited are {editable_names()}")
        if names.count(name) > 1:
            raise BadRequest(f"the column {name} is there twice")
    return names


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    if any(cells[len(header) :]):
        return Row(number, {}, f"it has {len(cells)} cells, and the header {len(header)}: quotes may be missing")
    return Row(number, dict(zip(header, cells, strict=False)))


def _with_points(row: Row) -> Row:
    """The row with a point in each number that has a decimal comma."""
    numbers = {name for name, column in columns().items() if column.is_number}
    return replace(row, cells={name: _point(cell) if name in numbers else cell for name, cell in row.cells.items()})


def _point(cell: str) -> str:
    match = DECIMAL_COMMA.fullmatch(cell.strip())
    return f"{match[1]}.{match[2]}" if match else cell
