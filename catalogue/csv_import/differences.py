"""What a row of an edited file changes: the cells that differ from what an export of the photo would say now."""

from collections.abc import Mapping
from typing import Any

from catalogue.export.cells import unescape
from catalogue.export.column import Column
from catalogue.export.columns import ETAG, ID, columns, editable_names
from catalogue.patch import parse_patch
from shared.errors import BadRequest
from shared.photo import Photo
from shared.photo_sources import CUSTOM, edited_names

LONGEST_CELL = 32_767  # characters that Excel keeps of a cell


def etag_of(cells: Mapping[str, str]) -> str:
    """The etag in a row, without quotes."""
    return unescape(cells.get(ETAG, "").strip()).strip('"')


def id_of(cells: Mapping[str, str]) -> str:
    """The id in a row."""
    return unescape(cells.get(ID, "").strip())


def edits_in(cells: Mapping[str, str], photo: Photo) -> dict[str, Any]:
    """The fields that a row changes, with their values as a patch has them; BadRequest names what is wrong with it."""
    patch: dict[str, Any] = {}
    table = columns()
    for name, cell in cells.items():
        column = table[name]
        if not column.read or _is_same(cell, column.write(photo)):
            continue
        value = _read(column, cell, column.write(photo))
        if value != _read_own(column, photo):
            patch[name] = value
    _check_emptied(patch, photo)
    values = parse_patch(_nested(patch)) if patch else {}
    return {name: value for name, value in values.items() if not _is_current(name, value, photo)}


def _nested(patch: Mapping[str, Any]) -> dict[str, Any]:
    """A patch as people send it: the library's own fields are in an object of theirs."""
    own = {name.removeprefix(CUSTOM): value for name, value in patch.items() if name.startswith(CUSTOM)}
    rest = {name: value for name, value in patch.items() if not name.startswith(CUSTOM)}
    return rest | ({"fields": own} if own else {})


def check_facts(cells: Mapping[str, str], photo: Photo) -> None:
    """BadRequest for a cell that differs where nothing can be edited."""
    table = columns()
    for name, cell in cells.items():
        column = table[name]
        if not column.read and name not in {ID, ETAG} and not _is_same(cell, column.write(photo)):
            raise BadRequest(f"{name} cannot be edited; what can is {editable_names()}")


def _is_same(cell: str, exported: str) -> bool:
    """Spreadsheets write another kind of line break, and some take blanks off both ends."""
    return _plain(cell) == _plain(exported)


def _plain(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _read(column: Column, cell: str, exported: str) -> Any:
    if len(cell) >= LONGEST_CELL - 1 and exported.startswith(cell):
        raise BadRequest(f"{column.name} was cut off by the spreadsheet, which keeps {LONGEST_CELL:,} characters")
    try:
        assert column.read
        return column.read(cell)
    except ValueError as error:
        raise BadRequest(f"{column.name}: {error}") from error


def _read_own(column: Column, photo: Photo) -> Any:
    try:
        assert column.read
        return column.read(column.write(photo))
    except ValueError:  # a file may say what nobody could write
        return None


def _check_emptied(patch: Mapping[str, Any], photo: Photo) -> None:
    """An empty cell takes an edit back where a field is never empty, so there must be one."""
    for name, value in patch.items():
        if value is None and name not in edited_names(photo):
            raise BadRequest(f"{name} must not be empty")


def _is_current(name: str, value: Any, photo: Photo) -> bool:
    """Whether a photo has this value already, once it is tidied up as every edit is."""
    if name in {"location", "taken_local"} or value is None:
        return False
    current = photo.custom.get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else getattr(photo, name)
    return bool(value == (type(value)() if current is None else current))
