"""
JSON schemas of tools in the words that every client knows.

Copilot Studio leaves out tools whose schemas have references, and takes no number as `exclusiveMinimum`; Foundry may
refuse `anyOf`. What is published of arguments is therefore a little looser than what is checked when they come.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

REFERENCE = "#/$defs/"
LIMITS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def input_schema(model: type[BaseModel], hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The arguments of a tool but for those that are `hidden`. What may be null may be left out as well."""
    schema = output_schema(model)
    properties = {name: _not_null(each) for name, each in schema["properties"].items() if name not in hidden}
    return schema | {"properties": properties}


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """What a model of pydantic's holds, without references."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    plain = {name: each for name, each in schema.items() if name not in {"description", "title"}}
    resolved: dict[str, Any] = _resolved({"properties": {}} | plain, definitions)
    return resolved


def _resolved(node: Any, definitions: Mapping[str, Any]) -> Any:
    """A part of a schema with the definitions in place of references to them; none of ours refers to itself."""
    if isinstance(node, list):
        return [_resolved(each, definitions) for each in node]
    if not isinstance(node, Mapping):
        return node
    if reference := node.get("$ref"):
        rest = {name: each for name, each in node.items() if name != "$ref"}
        return _resolved({**definitions[reference.removeprefix(REFERENCE)], **rest}, definitions)
    return {LIMITS.get(name, name): _resolved(each, definitions) for name, each in node.items()}


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a value that is there."""
    others = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: each for name, each in schema.items() if name != "anyOf" and (name, each) != ("default", None)}
    if not others:
        return rest
    return {**others[0], **rest} if len(others) == 1 else {"anyOf": others, **rest}
