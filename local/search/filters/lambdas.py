"""What the service allows inside any and all over a collection of strings or booleans."""

from typing import Any

from odata_query import ast

from local.search.errors import BadRequestError
from local.search.schema.field import BOOLEAN, STRING, IndexField


def check_lambda_body(body: Any, field: IndexField, is_all: bool) -> None:
    """
    Refuse what the service cannot answer from its index.

    Over strings and booleans `any` takes equality, search.in and `or`; `all` takes their negations and `and`.
    """
    if field.element_type not in (STRING, BOOLEAN):
        return
    operator = ast.And if is_all else ast.Or
    pending = [body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, operator):
            pending += [node.left, node.right]
        elif not is_allowed(node, is_all):
            name = "all" if is_all else "any"
            raise BadRequestError.for_parameter(
                f"Invalid expression: this lambda body is not supported for '{name}' over the collection "
                f"'{field.path}' of type '{field.type}': use eq, search.in and 'or' with any, "
                "ne, not search.in and 'and' with all.",
                "$filter",
            )


def is_allowed(node: Any, is_all: bool) -> bool:
    """Whether one term of the body has the right sign."""
    if isinstance(node, ast.Compare):
        return isinstance(node.comparator, ast.NotEq if is_all else ast.Eq)
    if isinstance(node, ast.UnaryOp):
        return is_all and isinstance(node.op, ast.Not)
    return isinstance(node, ast.Identifier) or (not is_all and isinstance(node, ast.Call))
