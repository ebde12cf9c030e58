"""The base of everything that clients send us as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class WireModel(BaseModel):
    """What clients send: types are strict, unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)


def integer_if_whole(value: Any) -> Any:
    """In JSON 1 and 1.0 are the same number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
