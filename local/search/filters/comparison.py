"""One comparison between a column and a constant, as a mask over its rows."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from odata_query import ast

from local.search.column_store.columns import Column, Mask, NumberColumn, PointColumn, StringColumn
from local.search.errors import BadRequestError
from local.search.filters import geo
from local.search.schema.field import BOOLEAN, DATE
from local.search.schema.values import SPECIAL_NUMBERS, parse_date
from local.search.text.normalizers import normalize

FLIPPED = {"Eq": "Eq", "NotEq": "NotEq", "Lt": "Gt", "Gt": "Lt", "LtE": "GtE", "GtE": "LtE"}
RANGES: dict[str, Callable[[Any, Any], Any]] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}
DELIMITERS = " ,"


def invalid(message: str) -> BadRequestError:
    return BadRequestError.for_parameter(f"Invalid expression: {message}", "$filter")


def compare(column: Column, op: str, literal: Any, rows: int) -> Mask:
    """Compare every row with a literal; `op` is the name of odata-query's comparator."""
    present = column.present[:rows]
    if isinstance(literal, ast.Null):
        return compare_with_null(op, present)
    if isinstance(column, PointColumn):
        raise invalid("A geography point can only be compared with null or used in geo functions.")
    if isinstance(column, StringColumn):
        return compare_strings(column, op, literal, rows)
    value = column_number(column, literal)
    if column.field.element_type == BOOLEAN and op in RANGES:
        raise incompatible("Edm.Boolean", literal_type(literal), op)
    return compare_values(op, column.values[:rows], value, present)


def compare_with_null(op: str, present: Mask) -> Mask:
    """Compare with null, which can only be equal or not."""
    if op not in ("Eq", "NotEq"):
        raise invalid("A null value can only be compared with eq or ne.")
    return ~present if op == "Eq" else present.copy()


def compare_values(op: str, values: Any, value: Any, present: Mask) -> Mask:
    """Compare values; null equals nothing, differs from everything and is in no range."""
    if op in RANGES:
        return np.asarray(RANGES[op](values, value) & present)
    equal = np.asarray((values == value) & present)
    return equal if op == "Eq" else ~equal


def compare_strings(column: StringColumn, op: str, literal: Any, rows: int) -> Mask:
    """Compare strings by code point, after the field's normalizer."""
    if not isinstance(literal, ast.String):
        raise incompatible("Edm.String", literal_type(literal), op)
    value = normalize(literal.val, column.field.normalizer)
    codes = column.codes[:rows]
    if op not in RANGES:
        return compare_values(op, codes, column.code_of.get(value, -2), column.present[:rows])
    code_mask = np.array([bool(RANGES[op](word, value)) for word in column.vocabulary] + [False])
    return np.asarray(code_mask[codes])


def column_number(column: NumberColumn, literal: Any) -> float | int:
    """Read a literal as the kind of number the column holds."""
    kind = column.field.element_type
    if kind == DATE and isinstance(literal, ast.DateTime):
        try:
            return parse_date(literal.val)
        except (ValueError, OverflowError):
            raise invalid(f"'{literal.val}' is not a date with an offset.") from None
    if kind == BOOLEAN and isinstance(literal, ast.Boolean):
        return int(literal.val.lower() == "true")
    if kind not in (DATE, BOOLEAN) and isinstance(literal, ast.Integer | ast.Float | ast.Identifier | ast.UnaryOp):
        return number_literal(literal)
    raise incompatible(kind, literal_type(literal), "Eq")


def number_literal(literal: Any) -> float | int:
    """Read a numeric literal; whole numbers that fit 64 bits stay whole."""
    if isinstance(literal, ast.UnaryOp):
        return -number_literal(literal.operand)
    if isinstance(literal, ast.Identifier):
        return SPECIAL_NUMBERS[literal.name]
    if isinstance(literal, ast.Integer) and len(literal.val) < 20:
        integer = int(literal.val)
        return integer if abs(integer) < 2**63 else float(integer)
    if isinstance(literal, ast.Integer | ast.Float):
        return float(literal.val)
    raise invalid("A number was expected.")


def literal_type(literal: Any) -> str:
    """Return the Edm type of a literal, for error messages."""
    names = {
        ast.String: "Edm.String",
        ast.Integer: "Edm.Int32",
        ast.Float: "Edm.Double",
        ast.Boolean: "Edm.Boolean",
        ast.DateTime: "Edm.DateTimeOffset",
        ast.Date: "Edm.Date",
        ast.Geography: "Edm.GeographyPoint",
    }
    return names.get(type(literal), type(literal).__name__)


def incompatible(left: str, right: str, op: str) -> BadRequestError:
    return invalid(
        "A binary operator with incompatible types was detected. "
        f"Found operand types '{left}' and '{right}' for operator kind '{op}'."
    )


def search_in(column: Column, arguments: list[Any], rows: int) -> Mask:
    """search.in: whether a string is in a delimited list; each of the delimiter characters separates."""
    if not isinstance(column, StringColumn) or not all(isinstance(argument, ast.String) for argument in arguments):
        raise invalid("search.in needs a string field or range variable and string arguments.")
    delimiters = arguments[1].val if len(arguments) > 1 else DELIMITERS
    values = split_values(arguments[0].val, delimiters)
    codes = [column.code_of.get(normalize(value, column.field.normalizer), -2) for value in values]
    code_mask = np.zeros(len(column.vocabulary) + 1, dtype=np.bool_)
    code_mask[[code for code in codes if code >= 0]] = True
    return np.asarray(code_mask[column.codes[:rows]])


def split_values(text: str, delimiters: str) -> list[str]:
    """Cut at any of the delimiter characters; without any, the text is a single value."""
    if not delimiters:
        return [text]
    first = delimiters[0]
    for other in delimiters[1:]:
        text = text.replace(other, first)
    return [part for part in text.split(first) if part]


def compare_geo_distance(column: Column, point: str, op: str, limit: Any, rows: int) -> Mask:
    """Compare geo.distance with a number of kilometres."""
    if op not in RANGES:
        raise invalid("geo.distance can only be compared with lt, le, gt or ge.")
    if not isinstance(limit, ast.Integer | ast.Float):
        raise incompatible("Edm.Double", literal_type(limit), op)
    kilometres = distances(column, point, rows, "$filter")
    return np.asarray(RANGES[op](kilometres, number_literal(limit)) & column.present[:rows])


def distances(column: Column, point: str, rows: int, parameter: str) -> Any:
    """Return the kilometres from each row's point to another one; they mean nothing where a row has none."""
    if not isinstance(column, PointColumn):
        raise BadRequestError.for_parameter(
            f"Invalid expression: '{column.field.path}' is not a geography point.", parameter
        )
    try:
        longitude, latitude = geo.parse_point(point)
    except ValueError as error:
        raise BadRequestError.for_parameter(f"Invalid expression: {error}.", parameter) from None
    return geo.distance(column.values[:rows], longitude, latitude)


def geo_intersects(column: Column, polygon: str, rows: int) -> Mask:
    """geo.intersects: whether each row's point lies in a polygon."""
    if not isinstance(column, PointColumn):
        raise invalid(f"'{column.field.path}' is not a geography point.")
    try:
        corners = geo.parse_polygon(polygon)
    except ValueError as error:
        raise invalid(f"{error}.") from None
    return geo.inside(column.values[:rows], corners) & column.present[:rows]
