"""A compiled template, with the resources of all its modules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MODULE = "Microsoft.Resources/deployments"
VARIABLE = re.compile(r"variables\('(\w+)'\)")
FORMAT = re.compile(r"format\('([^']*)', (.*)\)")


@dataclass(frozen=True)
class Template:
    """An ARM template; properties may be expressions, such as `[parameters('name')]`."""

    body: dict[str, Any]

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """All resources of a type, those of modules too."""
        return [each for each in self._walk() if each["type"] == kind and not each.get("existing")]

    def resource(self, kind: str, name: str = "") -> dict[str, Any]:
        """The only resource of a type, or the only one whose name ends like this."""
        (only,) = (each for each in self.resources(kind) if name in each["name"].split("'")[-2:] or not name)
        return only

    def module(self, name: str) -> "Template":
        """The template of a module, by its name in the Bicep file."""
        return Template(self.body["resources"][name]["properties"]["template"])

    def arguments(self, module: str) -> dict[str, Any]:
        """What a module is given, with names in place of variables."""
        parameters = self.body["resources"][module]["properties"]["parameters"]
        # One that is itself a choice, `[if(..., createObject('value', ...), ...)]`, stays as it is.
        return {
            name: self.resolve(each["value"]) if isinstance(each, dict) and "value" in each else each
            for name, each in parameters.items()
        }

    def resolve(self, value: Any) -> Any:
        """A value with the template's variables in their places; an expression that takes more than that stays one."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if isinstance(value, dict):
            return {key: self.resolve(each) for key, each in value.items()}
        if not isinstance(value, str) or not value.startswith("["):
            return value
        if variable := VARIABLE.fullmatch(value[1:-1]):
            return self.resolve(self.body["variables"][variable[1]])
        if (text := FORMAT.fullmatch(value[1:-1])) and (variable := VARIABLE.fullmatch(text[2])):
            return text[1].replace("{0}", self.body["variables"][variable[1]])
        return value

    def _walk(self) -> Iterator[dict[str, Any]]:
        resources = self.body["resources"]
        for each in resources.values() if isinstance(resources, dict) else resources:
            yield each
            if each["type"] == MODULE:
                yield from Template(each["properties"]["template"])._walk()
