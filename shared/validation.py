"""Turns JSON from outside into pydantic models; BadRequest names the field at fault."""

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import BadRequest

Model = TypeVar("Model", bound=BaseModel)

# Each value takes a hundred bytes or more once it is read, and as much again in the list of what is wrong with it.
MAX_VALUES = 50_000
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# How pydantic names, in an error's location, the alternative types of a field.
TYPE_NAME = re.compile(r"str|int|float|bool|(?:list|literal|constrained-|function-).*")


def parse_json(body: bytes) -> Any:
    """The JSON in a request's body; BadRequest when it isn't JSON, has too much in it, or text nothing can pass on."""
    if _at_most_values(body) > MAX_VALUES and _at_most_values(STRING.sub(b"", body)) > MAX_VALUES:
        raise BadRequest(f"the body has more than {MAX_VALUES:,} values: send fewer at a time")
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
        if SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadRequest("the body has half of a surrogate pair, which is no character") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    return value


def _at_most_values(body: bytes) -> int:
    """How many values JSON can have: each is the first of a list or an object, or comes after a comma."""
    return 1 + sum(body.count(sign) for sign in (b",", b"[", b"{"))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def validate(model: type[Model], value: Any) -> Model:
    """The value as `model`; BadRequest names the field at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        # Where a field may have one of several types, the deepest fault belongs to the one that was meant.
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        fault = max(errors, key=lambda each: len(each["loc"]))
        param = ".".join(str(part) for part in fault["loc"] if not _is_type_name(part)) or None
        message = fault["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{param}: {message}" if param else message, param=param) from error


def _is_type_name(part: int | str) -> bool:
    """Whether pydantic means one of the types a field may have, and not a field."""
    return isinstance(part, str) and bool(TYPE_NAME.fullmatch(part))
