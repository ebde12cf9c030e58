"""The base of everything that clients send us as JSON."""

from pydantic import BaseModel, ConfigDict


class WireModel(BaseModel):
    """What clients send: types are strict, unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)
