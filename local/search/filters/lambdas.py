"""What the service allows inside any and all over a collection of strings or booleans."""

from __future__ import annotations

from typing import Any

from odata_query import ast

from local.search.errors import BadRequest
from local.search.schema.field import BOOLEAN, STRING, Field


def check_body(body: Any, field: Field, is_all: bool) -> None:
    """
    Refuse what the service cannot answer from its index.

    Over strings and booleans `any` takes equality, search.in and `or`; `all` takes their negations and `and`.
    """
    if field.element not in (STRING, BOOLEAN):
        return
    joined = ast.And if is_all else ast.Or
    todo = [body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, joined):
            todo += [node.left, node.right]
        elif not allowed(node, is_all):
            name = "all" if is_all else "any"
            raise BadRequest.parameter(
                f"Invalid expression: this lambda body is not supported for '{name}' over the collection "
                f"'{field.path}' of type '{field.type}': use eq, search.in and 'or' with any, "
                "ne, not search.in and 'and' with all.",
                "$filter",
            )


def allowed(node: Any, is_all: bool) -> bool:
    """Whether one term of the body has the right sign."""
    if isinstance(node, ast.Compare):
        return isinstance(node.comparator, ast.NotEq if is_all else ast.Eq)
    if isinstance(node, ast.UnaryOp):
        return is_all and isinstance(node.op, ast.Not)
    return isinstance(node, ast.Identifier) or (not is_all and isinstance(node, ast.Call))
