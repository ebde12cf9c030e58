"""
Answers as JSON, which a program reads: the caller's `response_format`, and whether an answer follows it.

Nothing in such an answer is changed: what looks like a citation marker or a link is data here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from jsonschema.exceptions import SchemaError, best_match
from pydantic import Field
from referencing.exceptions import Unresolvable

from query.chat.schema_validator import TooManySteps, check_schema, schema_validator
from query.chat.wire_model import WireModel
from shared.errors import BadReply, BadRequest
from shared.prompt_text import NOTHING, PromptTemplate, PromptText, own, untrusted

MAX_SCHEMA = 120_000  # characters, OpenAI's own limit
MAX_NESTING = 64
MAX_VALUES = 1000  # in one list, such as that of `enum`; OpenAI's own limit
MAX_FAULT = 500
SCHEMA_PARAM = "response_format.json_schema.schema"

AS_OBJECT = own("\nThe answer is one JSON object for a program to read, without a word around it.")
AS_JSON = own("\nThe answer is JSON in the response format, for a program to read, without a word around it.")
CORRECTION = PromptTemplate("That answer can't be read: $fault. Answer again, with nothing but JSON.$schema")
BY_SCHEMA = PromptTemplate(" It must follow this JSON schema: $schema")
NEVER_STRICT = {"allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"}

JsonObject = dict[str, Any]


class JsonSchemaFormat(WireModel):
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    schema_: JsonObject | None = Field(None, alias="schema")
    strict: bool | None = None


class ResponseFormatField(WireModel):
    """OpenAI's `response_format`."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


@dataclass(frozen=True)
class AnswerFormat:
    """The form an answer must have: JSON of any kind of object, or of a schema."""

    name: str = ""
    description: str = ""
    schema: JsonObject | None = None
    strict: bool = False

    @property
    def request_field(self) -> JsonObject:
        """`response_format` as the model takes it. What servers refuse as strict is not sent as such, but checked."""
        if self.schema is None:
            return {"type": "json_object"}
        schema: JsonObject = {
            "name": self.name,
            "schema": self.schema,
            "strict": self.strict and is_strict(self.schema),
        }
        return {
            "type": "json_schema",
            "json_schema": schema | ({"description": self.description} if self.description else {}),
        }

    @property
    def instruction(self) -> PromptText:
        """What the prompt says about it."""
        return AS_OBJECT if self.schema is None else AS_JSON

    def correction(self, fault: str) -> PromptText:
        """What a model is told whose answer was at fault; one that doesn't know response formats needs the schema."""
        told = (
            untrusted(json.dumps(self.schema, ensure_ascii=False), MAX_SCHEMA) if self.schema is not None else NOTHING
        )
        schema = BY_SCHEMA.fill(schema=told) if told else NOTHING
        return CORRECTION.fill(fault=untrusted(fault, MAX_FAULT), schema=schema)

    def read(self, text: str) -> str:
        """The JSON in an answer; ValueError says what is wrong with it."""
        text = _without_fence(text)
        try:
            self.check(json.loads(text, parse_constant=_refuse_constant))
        except (RecursionError, Unresolvable) as error:
            raise ValueError("it is nested too deeply") from error
        except TooManySteps as error:  # asking again would not help
            raise BadReply(f"the answer takes too long to check: {error}") from error
        return text

    def check(self, value: Any) -> None:
        """ValueError says where the value departs from the form."""
        if self.schema is None:
            if not isinstance(value, dict):
                raise ValueError("it is no JSON object")
            return
        error = best_match(schema_validator(self.schema).iter_errors(value))
        if error is not None:
            raise ValueError(f"at {error.json_path}: {error.message}"[:MAX_FAULT])


def answer_format(field: ResponseFormatField | None) -> AnswerFormat | None:
    """The form that a request asks for; None for plain text. BadRequest for a schema that is none."""
    if field is None or field.type == "text":
        return None
    if field.type == "json_object":
        return AnswerFormat()
    if field.json_schema is None:
        raise BadRequest("response_format of this type needs json_schema", param="response_format.json_schema")
    wanted = field.json_schema
    return schema_format(
        wanted.name, wanted.schema_, description=wanted.description, strict=bool(wanted.strict), param=SCHEMA_PARAM
    )


def schema_format(
    name: str, schema: JsonObject | None, *, description: str | None, strict: bool, param: str
) -> AnswerFormat:
    """The form that a schema describes; BadRequest names `param`."""
    schema = {} if schema is None else schema
    if len(json.dumps(schema)) > MAX_SCHEMA:
        raise BadRequest(f"the schema has more than {MAX_SCHEMA:,} characters", param=param)
    _check_parts(schema, param)
    form = AnswerFormat(name, description or "", schema, strict)
    try:
        check_schema(schema)
        form.check({})  # what refers to itself without end, or too often, shows before anything is paid
    except TooManySteps as error:
        raise BadRequest(f"the schema takes too long to check: {error}", param=param) from error
    except (SchemaError, RecursionError, Unresolvable) as error:
        message = getattr(error, "message", "it refers to itself or to nothing")
        raise BadRequest(f"this is no JSON schema: {message}"[:MAX_FAULT], param=param) from error
    except ValueError:
        pass
    return form


def _check_parts(schema: JsonObject, param: str) -> None:
    for key, depth, value in _walk(schema):
        if depth > MAX_NESTING:
            raise BadRequest("the schema is nested too deeply", param=param)
        if key == "$schema" and isinstance(value, str) == bool(depth):  # below the top it may be the name of a property
            raise BadRequest("$schema must be a text at the top of the schema", param=param)
        if isinstance(value, list) and len(value) > MAX_VALUES:
            raise BadRequest(f"{key} has more than {MAX_VALUES:,} values", param=param)
        if key == "patternProperties":
            raise BadRequest("patternProperties are not supported", param=param)
        if key in {"$ref", "$dynamicRef"} and isinstance(value, str) and not value.startswith("#"):
            raise BadRequest(f"the schema refers to {value!r}, which is not in it", param=param)


def _walk(value: Any, depth: int = 0) -> Iterator[tuple[str, int, Any]]:
    """Every key in it, how deep it lies, and its value; nothing below the greatest depth allowed."""
    if depth > MAX_NESTING + 1:
        return
    pairs = value.items() if isinstance(value, dict) else (("", each) for each in value if isinstance(value, list))
    for key, each in pairs:
        yield key, depth, each
        if isinstance(each, dict | list):
            yield from _walk(each, depth + 1)


def is_strict(schema: Any) -> bool:
    """Whether every object in it is closed and requires all its properties, as OpenAI's strict mode wants it."""
    parts = list(_walk({"": schema}))
    objects = [each for _, _, each in parts if _is_object_schema(each)]
    return (
        schema.get("type") == "object"
        and "anyOf" not in schema
        and NEVER_STRICT.isdisjoint(key for key, _, _ in parts)
        and all(
            each.get("additionalProperties") is False
            and set(each.get("required", ())) == set(each.get("properties", {}))
            for each in objects
        )
    )


def _is_object_schema(value: Any) -> TypeGuard[Mapping[str, Any]]:
    types = value.get("type") if isinstance(value, dict) else None
    return types == "object" or (isinstance(types, list) and "object" in types)


def _without_fence(text: str) -> str:
    """The text without the code fence that some models put around JSON."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text[text.index("\n") : -len("```")].strip()
    return text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
