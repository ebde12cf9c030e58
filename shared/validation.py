"""Turns JSON from outside into pydantic models; BadRequest names the field at fault."""

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import BadRequest

Model = TypeVar("Model", bound=BaseModel)

# How pydantic names, in an error's location, the alternative types of a field.
TYPE_NAME = re.compile(r"str|int|float|bool|(?:list|literal|constrained-|function-).*")


def parse_json(body: bytes) -> Any:
    """The JSON in a request's body; BadRequest when it isn't JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def validate(model: type[Model], value: Any) -> Model:
    """The value as `model`; BadRequest names the field at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        # Where a field may have one of several types, the deepest fault belongs to the one that was meant.
        fault = max(error.errors(), key=lambda each: len(each["loc"]))
        param = ".".join(str(part) for part in fault["loc"] if not _is_type_name(part)) or None
        message = fault["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{param}: {message}" if param else message, param=param) from error


def _is_type_name(part: int | str) -> bool:
    """Whether pydantic means one of the types a field may have, and not a field."""
    return isinstance(part, str) and bool(TYPE_NAME.fullmatch(part))
