"""The inline constraints of a route parameter: {id:int}, {name:length(2,9)}, {x:regex(^a)}."""

import re
from collections.abc import Callable

RouteConstraint = Callable[[str], bool]

_PATTERNS = {
    "int": r"[+-]?\d+",
    "long": r"[+-]?\d+",
    "alpha": r"[A-Za-z]*",
    "bool": r"(?i:true|false)",
    "guid": r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?",
    "decimal": r"[+-]?\d+(?:\.\d*)?",
    "double": r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?",
    "float": r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?",
    "datetime": r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?",
    "required": r".+",
}
_INTEGER_LIMITS = {"int": 2**31, "long": 2**63}


def parse_constraint(name: str, argument: str) -> RouteConstraint:
    """The check a value must pass; ValueError for an unknown name or a wrong argument."""
    if name in _INTEGER_LIMITS:
        return _integer(_INTEGER_LIMITS[name])
    if name in _PATTERNS:
        return _pattern(_PATTERNS[name])
    if name == "regex":
        return _regex(argument)
    if name in {"length", "minlength", "maxlength"}:
        return _length(name, _parse_numbers(name, argument))
    if name in {"min", "max", "range"}:
        return _range(name, _parse_numbers(name, argument))
    raise ValueError(f"there is no constraint '{name}'")


def _pattern(pattern: str) -> RouteConstraint:
    return lambda value: re.fullmatch(pattern, value) is not None


def _integer(limit: int) -> RouteConstraint:
    is_integer = _pattern(_PATTERNS["int"])
    return lambda value: is_integer(value) and -limit <= int(value) < limit


def _regex(pattern: str) -> RouteConstraint:
    compiled = re.compile(pattern.replace("\\\\", "\\"), re.IGNORECASE)
    return lambda value: compiled.search(value) is not None


def _length(name: str, numbers: list[int]) -> RouteConstraint:
    if name == "minlength":
        return lambda value: len(value) >= numbers[0]
    if name == "maxlength":
        return lambda value: len(value) <= numbers[0]
    return lambda value: numbers[0] <= len(value) <= numbers[-1]


def _range(name: str, numbers: list[int]) -> RouteConstraint:
    is_integer = _pattern(_PATTERNS["long"])
    if name == "min":
        return lambda value: is_integer(value) and int(value) >= numbers[0]
    if name == "max":
        return lambda value: is_integer(value) and int(value) <= numbers[0]
    return lambda value: is_integer(value) and numbers[0] <= int(value) <= numbers[-1]


def _parse_numbers(name: str, argument: str) -> list[int]:
    numbers = [int(number) for number in argument.split(",")]
    if len(numbers) not in {"length": (1, 2), "range": (2,)}.get(name, (1,)):
        raise ValueError(f"'{name}({argument})' has the wrong number of arguments")
    return numbers
