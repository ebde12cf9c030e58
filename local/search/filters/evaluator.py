"""
A filter over columns: a syntax tree in, a mask over rows out.

Lambdas step into a child table, where the same rules apply to elements instead of documents. The service has no
three-valued logic: a comparison with null is either true or false.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from odata_query import ast

from local.search.column_store.columns import Mask
from local.search.column_store.tables import ColumnTable
from local.search.errors import BadRequestError
from local.search.filters.comparison import FLIPPED, compare, compare_geo_distance, geo_intersects, search_in
from local.search.filters.lambdas import check_lambda_body
from local.search.filters.parser import parse_expression
from local.search.filters.scope import FilterScope, path_of
from local.search.schema.definition import IndexDefinition

MAX_CLAUSES = 3000
TextMatch = Callable[[list[str]], Mask]


def invalid(message: str) -> BadRequestError:
    return BadRequestError.for_parameter(f"Invalid expression: {message}", "$filter")


@dataclass(frozen=True)
class FilterEvaluator:
    """Evaluates one expression over one table; `match_text` answers search.ismatch."""

    scope: FilterScope
    match_text: TextMatch

    def mask(self, node: Any) -> Mask:
        """Return which rows of the scope's table satisfy the expression."""
        match node:
            case ast.BoolOp():
                return self._bool_op(node)
            case ast.UnaryOp(op=ast.Not()):
                return ~self._operand_of_not(node.operand)
            case ast.Compare():
                return self._compare(node)
            case ast.CollectionLambda():
                return self._lambda(node)
            case ast.Call():
                return self._function(node)
            case ast.Identifier() | ast.Attribute():
                return self._boolean_field(node)
            case ast.Boolean():
                return np.full(self.scope.row_count, node.val.lower() == "true")
        raise invalid("A Boolean expression was expected.")

    def _bool_op(self, node: ast.BoolOp) -> Mask:
        """Evaluate a chain of one operator without recursing along it."""
        kind = type(node.op)
        masks = [self.mask(part) for part in operands(node, kind)]
        combine = np.logical_and if kind is ast.And else np.logical_or
        return np.asarray(combine.reduce(masks))

    def _operand_of_not(self, operand: Any) -> Mask:
        """Evaluate what `not` applies to. It binds tightest: `not rating gt 5` negates a number, which is refused."""
        if isinstance(operand, ast.Identifier | ast.Attribute):
            kind = self.scope.column(path_of(operand)).field.element_type
            if kind != "Edm.Boolean":
                raise unary_mismatch(kind)
        return self.mask(operand)

    def _compare(self, node: ast.Compare) -> Mask:
        left, right, operator = node.left, node.right, type(node.comparator).__name__
        if isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.Not):
            raise unary_mismatch(self.scope.column(path_of(left.operand)).field.element_type)
        if is_literal(left):
            left, right, operator = right, left, FLIPPED.get(operator, "")
        if not is_literal(right):
            raise invalid("Comparison must be between a field, range variable or function call and a literal.")
        if isinstance(left, ast.Call):
            return self._compare_geo_distance(left, right, operator)
        if not isinstance(left, ast.Identifier | ast.Attribute) or not operator:
            raise invalid("Comparison must be between a field, range variable or function call and a literal.")
        return compare(self.scope.column(path_of(left)), operator, right, self.scope.row_count)

    def _compare_geo_distance(self, call: ast.Call, limit: Any, operator: str) -> Mask:
        if function_name(call) != "geo.distance":
            raise invalid(f"Function '{function_name(call)}' cannot be compared with a literal.")
        field, point = self.scope.geo_arguments(call.args)
        return compare_geo_distance(self.scope.column(field), point, operator, limit, self.scope.row_count)

    def _function(self, call: ast.Call) -> Mask:
        name = function_name(call)
        if name == "search.in" and len(call.args) in (2, 3):
            return search_in(self.scope.column(path_of(call.args[0])), call.args[1:], self.scope.row_count)
        if name == "geo.intersects" and len(call.args) == 2:
            field, polygon = self.scope.geo_arguments(call.args)
            return geo_intersects(self.scope.column(field), polygon, self.scope.row_count)
        if name in ("search.ismatch", "search.ismatchscoring") and 1 <= len(call.args) <= 4:
            return self._ismatch(call)
        raise invalid(f"Function '{name}' is not supported with {len(call.args)} arguments in $filter.")

    def _ismatch(self, call: ast.Call) -> Mask:
        if self.scope.variable:
            raise invalid("search.ismatch cannot be used inside a lambda expression.")
        if not all(isinstance(argument, ast.String) for argument in call.args):
            raise invalid("The arguments of search.ismatch must be strings.")
        return self.match_text([str(getattr(argument, "val", "")) for argument in call.args])

    def _boolean_field(self, node: Any) -> Mask:
        column = self.scope.column(path_of(node))
        if column.field.element_type != "Edm.Boolean":
            raise invalid(
                f"A Boolean expression was expected, but '{path_of(node)}' has type '{column.field.element_type}'."
            )
        return compare(column, "Eq", ast.Boolean("true"), self.scope.row_count)

    def _lambda(self, node: ast.CollectionLambda) -> Mask:
        child = self.scope.collection(path_of(node.owner))
        row_count = self.scope.row_count
        if node.lambda_ is None:
            return child.owners(child.live(), row_count)
        body = node.lambda_.expression
        is_all = isinstance(node.operator, ast.All)
        check_lambda_body(body, child.field, is_all)
        inner = replace(self, scope=self.scope.inside(child, node.lambda_.identifier.name))
        element_mask = inner.mask(body)
        if not is_all:
            return child.owners(element_mask & child.live(), row_count)
        return ~child.owners(~element_mask & child.live(), row_count)


def unary_mismatch(kind: str) -> BadRequestError:
    return invalid(
        f"A unary operator with an incompatible type was detected. Found operand type '{kind}' for operator kind 'Not'."
    )


def function_name(call: ast.Call) -> str:
    return ".".join((*call.func.namespace, call.func.name))


def is_literal(node: Any) -> bool:
    """Whether a node is a constant; INF and NaN are parsed as names."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast._Literal) or (
        isinstance(node, ast.Identifier) and not node.namespace and node.name in ("INF", "NaN")
    )


def operands(node: Any, kind: type) -> list[Any]:
    """Flatten a left-leaning chain of one operator."""
    parts: list[Any] = []
    while isinstance(node, ast.BoolOp) and isinstance(node.op, kind):
        parts.append(node.right)
        node = node.left
        if len(parts) > MAX_CLAUSES:
            raise invalid(f"The expression has more than {MAX_CLAUSES} clauses.")
    return [*parts, node][::-1]


def apply_filter(
    text: str, definition: IndexDefinition, table: ColumnTable, row_count: int, match_text: TextMatch
) -> Mask:
    """Return which of the first `row_count` rows pass an OData filter; BadRequestError says what is wrong with it."""
    tree = parse_expression(text, "$filter")
    try:
        return FilterEvaluator(FilterScope(definition, table, row_count), match_text).mask(tree)
    except RecursionError as error:
        raise invalid("The expression is nested too deep.") from error
