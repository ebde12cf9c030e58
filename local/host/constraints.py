"""The inline constraints of a route parameter: {id:int}, {name:length(2,9)}, {x:regex(^a)}."""

import re
from collections.abc import Callable

Constraint = Callable[[str], bool]

_FORMS = {
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
_WHOLE = {"int": 2**31, "long": 2**63}


def parse_constraint(name: str, argument: str) -> Constraint:
    """The check a value must pass; ValueError for an unknown name or a wrong argument."""
    if name in _WHOLE:
        return _whole(_WHOLE[name])
    if name in _FORMS:
        return _form(_FORMS[name])
    if name == "regex":
        return _expression(argument)
    if name in {"length", "minlength", "maxlength"}:
        return _length(name, _numbers(name, argument))
    if name in {"min", "max", "range"}:
        return _size(name, _numbers(name, argument))
    raise ValueError(f"nobody knows the constraint '{name}'")


def _form(pattern: str) -> Constraint:
    return lambda value: re.fullmatch(pattern, value) is not None


def _whole(limit: int) -> Constraint:
    form = _form(_FORMS["int"])
    return lambda value: form(value) and -limit <= int(value) < limit


def _expression(pattern: str) -> Constraint:
    compiled = re.compile(pattern.replace("\\\\", "\\"), re.IGNORECASE)
    return lambda value: compiled.search(value) is not None


def _length(name: str, numbers: list[int]) -> Constraint:
    if name == "minlength":
        return lambda value: len(value) >= numbers[0]
    if name == "maxlength":
        return lambda value: len(value) <= numbers[0]
    return lambda value: numbers[0] <= len(value) <= numbers[-1]


def _size(name: str, numbers: list[int]) -> Constraint:
    form = _form(_FORMS["long"])
    if name == "min":
        return lambda value: form(value) and int(value) >= numbers[0]
    if name == "max":
        return lambda value: form(value) and int(value) <= numbers[0]
    return lambda value: form(value) and numbers[0] <= int(value) <= numbers[-1]


def _numbers(name: str, argument: str) -> list[int]:
    numbers = [int(number) for number in argument.split(",")]
    if len(numbers) not in {"length": (1, 2), "range": (2,)}.get(name, (1,)):
        raise ValueError(f"'{name}({argument})' has the wrong number of arguments")
    return numbers
