"""ARM templates evaluated as far as ours go: parameters, format, resourceId and reference."""

import ast
from collections.abc import Callable, Mapping
from typing import Any


class ArmTemplate:
    """A compiled template with its parameters; `reference` gives the properties of a resource by its type and name."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, Any],
        reference: Callable[[str], Mapping[str, Any]],
    ) -> None:
        missing = template["parameters"].keys() - parameters.keys()
        unknown = parameters.keys() - template["parameters"].keys()
        if missing or unknown:
            raise ValueError(f"parameters missing: {sorted(missing)}, unknown: {sorted(unknown)}")
        self._template, self._parameters, self._reference = template, parameters, reference

    def resources(self) -> list[dict[str, Any]]:
        """Every resource, its expressions replaced by what they say."""
        return [self._evaluate(each) for each in self._template["resources"]]

    def _evaluate(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._evaluate(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._evaluate(each) for each in value]
        if isinstance(value, str) and value.startswith("[") and not value.startswith("[["):
            return self._node(ast.parse(value[1:-1], mode="eval").body)
        return value

    def _node(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Attribute):
            return self._node(node.value)[node.attr]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id, [self._node(each) for each in node.args])
        raise ValueError(f"not evaluated here: {ast.unparse(node)}")

    def _call(self, function: str, values: list[Any]) -> Any:
        match function, values:
            case "format", [pattern, *arguments]:
                return pattern.format(*arguments)
            case "parameters", [name]:
                return self._parameters[name]
            case "resourceId", [kind, *names]:
                return "/".join((kind, *names))
            case "reference", [resource, *_]:
                return self._reference(resource)
        raise ValueError(f"not evaluated here: {function}")
