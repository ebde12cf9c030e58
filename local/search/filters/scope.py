"""Names in a filter: which column or collection a path means, and whether it may be used."""

from __future__ import annotations  # a scope returns scopes

from dataclasses import dataclass
from typing import Any

from odata_query import ast

from local.search.column_store.columns import Column
from local.search.column_store.tables import CollectionTable, ColumnTable
from local.search.errors import BadRequestError
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import IndexField


def path_of(node: Any) -> str:
    """Return the slash-separated path of a name; BadRequestError if the node isn't one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr if isinstance(node.attr, str) else path_of(node.attr))
        node = node.owner
    if not isinstance(node, ast.Identifier) or node.namespace:
        raise BadRequestError.for_parameter("Invalid expression: A field name was expected.", "$filter")
    return "/".join([*parts, node.name][::-1])


@dataclass(frozen=True)
class FilterScope:
    """A table, how many of its rows count, and inside a lambda the range variable and its prefix."""

    definition: IndexDefinition
    table: ColumnTable
    row_count: int
    variable: str | None = None
    prefix: str = ""

    def column(self, path: str) -> Column:
        """Return a filterable column."""
        inner = self._relative(path)
        field = self._field(path, inner)
        if inner in self.table.columns and field.filterable:
            return self.table.columns[inner]
        if field.is_collection or field.is_complex or field.is_vector:
            raise BadRequestError.for_parameter(
                f"Invalid expression: '{path}' of type '{field.type}' cannot be compared; "
                "use any or all to filter on a collection.",
                "$filter",
            )
        if not field.filterable:
            raise not_filterable(field.path)
        raise BadRequestError.for_parameter(f"Invalid expression: '{path}' can only be used in a lambda.", "$filter")

    def collection(self, path: str) -> CollectionTable:
        """Return the elements of a collection."""
        inner = self._relative(path)
        field = self._field(path, inner)
        if inner not in self.table.children:
            if field.is_collection and not field.is_vector:
                raise not_filterable(field.path)
            raise BadRequestError.for_parameter(
                f"Invalid expression: any and all need a collection, but '{path}' has type '{field.type}'.",
                "$filter",
            )
        if not field.is_complex and not field.filterable:
            raise not_filterable(field.path)
        return self.table.children[inner]

    def inside(self, child: CollectionTable, variable: str) -> FilterScope:
        """Return the scope of a lambda's body."""
        prefix = child.field.path if not child.field.is_complex else f"{child.field.path}/"
        return FilterScope(self.definition, child, child.size, variable, prefix)

    def geo_arguments(self, arguments: list[Any]) -> tuple[str, str]:
        """Return the field's path and the text of the geography literal, in whichever order they came."""
        if len(arguments) == 2:
            for field, point in (arguments, arguments[::-1]):
                if isinstance(point, ast.Geography):
                    return path_of(field), str(point.val)
        raise BadRequestError.for_parameter(
            "Invalid expression: A field and a geography literal were expected.", "$filter"
        )

    def _relative(self, path: str) -> str:
        """Strip the range variable; outside a lambda a path stays as it is."""
        if self.variable is None:
            return path
        head, _, rest = path.partition("/")
        if head != self.variable:
            raise BadRequestError.for_parameter(
                f"Invalid expression: '{path}' cannot be used here; "
                f"only the range variable '{self.variable}' is in scope of the lambda expression.",
                "$filter",
            )
        return rest

    def _field(self, path: str, inner: str) -> IndexField:
        field = self.definition.by_path.get(f"{self.prefix}{inner}")
        if field is None:
            raise BadRequestError.for_parameter(
                f"Invalid expression: Could not find a property named '{path}' on type 'search.document'.",
                "$filter",
            )
        return field


def not_filterable(path: str) -> BadRequestError:
    return BadRequestError.for_parameter(
        f"Invalid expression: '{path}' is not a filterable field. "
        "Only filterable fields can be used in filter expressions.",
        "$filter",
    )
