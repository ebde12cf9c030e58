"""
The catalogue: the fields that a library defines for its photos, as `catalogue.json` says them.

Everything is checked when the file is read, and every fault is named at once, with the place where it is.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from shared.languages import parse_language

FieldType = Literal["string", "choice", "multi-choice", "number", "date", "yes/no"]
CLOSED: tuple[FieldType, ...] = ("choice", "multi-choice")
SEARCHABLE: tuple[FieldType, ...] = ("string", *CLOSED)
ASKABLE: tuple[FieldType, ...] = (*CLOSED, "yes/no")
NONE = "none"  # what a filter says of photos without a value
YES, NO = "yes", "no"

MAX_BYTES = 1_000_000
MAX_FIELDS = 50
MAX_VALUES = 400  # of all fields that the model fills: a strict schema takes 500 values on Azure, 1,000 elsewhere
MAX_LETTERS = 7_000  # of their names and values together; on Azure a strict schema takes 15,000, with all that is in it
PREFIX = "field_"  # of the name in the index
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Annotated[str, BeforeValidator(lambda value: parse_language(value) if isinstance(value, str) else value)]
Label = Annotated[str, Field(min_length=1, max_length=100)]


def _as_value(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


class FieldValue(BaseModel):
    """One value of a closed list: as it is stored, and how people read it, by language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str = Field(min_length=1, max_length=100)
    labels: dict[Language, Label] = {}

    @model_validator(mode="after")
    def _check(self) -> "FieldValue":
        if NOT_TEXT.search(self.value) or self.value != self.value.strip():
            raise ValueError(f"{self.value!r} must be one line, without blanks around it")
        if self.value == NONE:
            raise ValueError(f'"{NONE}" is no value: a filter finds the photos without one by that word')
        return self


class FieldDefinition(BaseModel):
    """
    One field. Choices have a closed list of `values`.

    `searchable` words are found by keywords, a `facet` is counted, and a `required` one is shown as missing. With an
    `instruction` the model fills it when it describes a photo, or says that it does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    type: FieldType
    labels: dict[Language, Label] = {}
    values: tuple[Annotated[FieldValue, BeforeValidator(_as_value, json_schema_input_type=str | FieldValue)], ...] = ()
    searchable: bool = False
    facet: bool = False
    required: bool = False
    instruction: str = Field("", max_length=1_000)

    @model_validator(mode="after")
    def _check(self) -> "FieldDefinition":
        if (self.type in CLOSED) != bool(self.values):
            wants = "needs a list of values" if self.type in CLOSED else "takes no values: they are for choices"
            raise ValueError(f"a field of the type {self.type} {wants}")
        if self.searchable and self.type not in SEARCHABLE:
            raise ValueError(f"only words can be searchable ({', '.join(SEARCHABLE)}); filters find a {self.type}")
        if self.instruction and self.type not in ASKABLE:
            raise ValueError(
                f"the model fills only closed lists ({', '.join(ASKABLE)}): remove the instruction of this {self.type}"
            )
        if doubled := doubles(self.choices):
            raise ValueError(f"the value {doubled[0]!r} is there twice")
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a closed list, as they are stored."""
        return tuple(each.value for each in self.values)

    @property
    def index_name(self) -> str:
        return PREFIX + self.name

    @property
    def index_type(self) -> str:
        """Its type in the index. A date is a string, `2024-05-31`, which sorts by itself and has no zone."""
        special = {"multi-choice": "Collection(Edm.String)", "number": "Edm.Double", "yes/no": "Edm.Boolean"}
        return special.get(self.type, "Edm.String")

    @property
    def is_list(self) -> bool:
        return self.type == "multi-choice"

    def label(self, language: str = "en") -> str:
        """How people call it: in this language, or in English, or in whichever there is; else its name."""
        for each in (language, language.partition("-")[0], "en", *self.labels):
            if each in self.labels:
                return self.labels[each]
        return self.name.replace("_", " ")


class Catalogue(BaseModel):
    """All fields. The empty one is that of a library that defines none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[FieldDefinition, ...] = Field((), max_length=MAX_FIELDS)

    @model_validator(mode="after")
    def _check(self) -> "Catalogue":
        if doubled := doubles(tuple(each.name for each in self.fields)):
            raise ValueError(f"there are two fields called {doubled[0]}")
        count = sum(len(each.choices) for each in self.asked)
        letters = sum(len(text) for each in self.asked for text in (each.name, *each.choices))
        if count > MAX_VALUES or letters > MAX_LETTERS:
            raise ValueError(
                f"the model can choose among {MAX_VALUES} values of {MAX_LETTERS:,} characters in all fields together, "
                f"and these have {count:,} of {letters:,}: shorten the lists, or remove instructions"
            )
        return self

    @cached_property
    def by_name(self) -> Mapping[str, FieldDefinition]:
        return {each.name: each for each in self.fields}

    @property
    def asked(self) -> tuple[FieldDefinition, ...]:
        """The fields that the model fills."""
        return tuple(each for each in self.fields if each.instruction)


def parse_catalogue(content: bytes) -> Catalogue:
    """The catalogue in a file; ValueError names everything that is wrong with it."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"the file has {len(content):,} bytes, and at most {MAX_BYTES:,} are read")
    try:
        return Catalogue.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        faults = [_fault(each["loc"], each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise ValueError("; ".join(faults[:20])) from error


def _fault(loc: tuple[int | str, ...], message: str) -> str:
    """`fields[2].type: ...`, or what is wrong with the whole file."""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    text = message.removeprefix("Value error, ")
    return f"{where}: {text}" if where else text


def tidy_number(value: float) -> float:
    """A whole number without the decimals that the index gives it."""
    return int(value) if float(value).is_integer() else value


def doubles(texts: tuple[str, ...]) -> list[str]:
    """What is among the texts more than once."""
    return [text for position, text in enumerate(texts) if text in texts[:position]]
