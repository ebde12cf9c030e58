"""Fills in the JSON schemas that a caller asks for, of an answer or of a tool's arguments, with what is known."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.models.api.requests import RequestMessage
from local.models.chat.lexicon import tokenize
from local.models.chat.search_results import PhotoRecord, find_json_objects

JsonObject = dict[str, Any]
MAX_ITEMS = 6
MAX_DEPTH = 8
# For each fact about a photo, the names that schemas use for it, in lower case and without punctuation.
PHOTO_ALIASES = {
    "title": "title headline name subject label",
    "caption": "caption description alttext details content",
    "path": "path file filename filepath source",
    "id": "id photoid identifier",
    "folder": "folder album directory",
    "place": "place location city country where",
    "setting": "setting scene",
    "text": "textinphoto visibletext",
    "n": "n number index citation position",
    "people": "people peoplecount persons numberofpeople",
    "rating": "rating stars",
    "tags": "tags keywords labels",
    "colors": "colors colours",
    "creators": "creators creator author photographer",
    "taken": "taken takenat date day when",
}
PHOTO_FACTS = {alias: fact for fact, aliases in PHOTO_ALIASES.items() for alias in aliases.split()}
QUESTIONS = {"query", "question", "q", "search", "term", "terms", "topic", "subject", "input", "prompt", "text"}


@dataclass(frozen=True)
class FormFacts:
    """What is known: `text` is what a text without a known name says."""

    question: str
    subject: str
    text: str
    photos: Sequence[PhotoRecord]
    total: int
    is_answer: bool


def fill_form(schema: JsonObject, facts: FormFacts) -> Any:
    """A value that fits the schema. Texts whose names mean nothing here say what `facts.text` says."""
    return _Form(schema, facts).fill("", schema, None, 0)


def schema_in_prompt(messages: Sequence[RequestMessage]) -> JsonObject | None:
    """The JSON schema that the prompt shows, for JSON mode, which has no field for one."""
    texts = [message.text() for message in messages if message.role in ("system", "developer", "user")]
    schemas = [value for text in texts for value in find_json_objects(text) if "properties" in value]
    return schemas[-1] if schemas else None


@dataclass(frozen=True)
class _Form:
    root: JsonObject
    facts: FormFacts

    def fill(self, name: str, schema: JsonObject, photo: PhotoRecord | None, depth: int) -> Any:
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._option(schema["enum"])
        match _type_of(schema):
            case "object":
                return self._object(schema, photo, depth)
            case "array":
                return self._array(name, schema, photo, depth)
            case "boolean":
                return bool(self.facts.photos)
            case "integer" | "number" as type_:
                return self._number(name, schema, photo, is_integer=type_ == "integer")
            case "null":
                return None
            case _:
                return self._text(name, schema, photo)

    def _resolve(self, schema: JsonObject) -> JsonObject:
        """The schema without references; of alternatives the first that isn't null."""
        for _ in range(MAX_DEPTH):
            if "$ref" in schema:
                schema = self._definition(str(schema["$ref"])) | {k: v for k, v in schema.items() if k != "$ref"}
            options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
            if not options:
                return schema
            rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")}
            schema = rest | next((option for option in options if option.get("type") != "null"), options[0])
        return schema

    def _definition(self, reference: str) -> JsonObject:
        value: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            value = value.get(part, {}) if part else value
        return dict(value)

    def _object(self, schema: JsonObject, photo: PhotoRecord | None, depth: int) -> JsonObject:
        if depth > MAX_DEPTH:
            return {}
        properties = schema.get("properties", {})
        wanted = schema.get("required", ()) if depth else properties
        about = photo or (self.facts.photos[0] if self.facts.photos else None)
        return {name: self.fill(name, each, about, depth + 1) for name, each in properties.items() if name in wanted}

    def _array(self, name: str, schema: JsonObject, photo: PhotoRecord | None, depth: int) -> list[Any]:
        items = self._resolve(schema.get("items", {}))
        least, most = schema.get("minItems", 0), schema.get("maxItems", MAX_ITEMS)
        if _type_of(items) == "object":
            values = [self.fill(name, items, each, depth + 1) for each in self.facts.photos[:most]]
        else:
            values = self._list_of_values(name, items, photo)[:most]
        while len(values) < least and depth <= MAX_DEPTH:
            values.append(self.fill(name, items, photo, depth + 1))
        return values

    def _list_of_values(self, name: str, items: JsonObject, photo: PhotoRecord | None) -> list[Any]:
        if "enum" in items:
            return [self._option(items["enum"])]
        if _type_of(items) in {"integer", "number"}:
            return [each.n for each in self.facts.photos]
        fact = PHOTO_FACTS.get(_plain(name))
        if fact in {"tags", "colors", "creators"}:
            return list(getattr(photo, fact)) if photo else []
        return [each.path if fact == "path" else each.title for each in self.facts.photos]

    def _option(self, options: Sequence[Any]) -> Any:
        """The option that a word of the question or the text names, or else the first."""
        words = {*tokenize(self.facts.question), *tokenize(self.facts.text)}
        return next((option for option in options if str(option).lower() in words), options[0])

    def _number(self, name: str, schema: JsonObject, photo: PhotoRecord | None, *, is_integer: bool) -> float | int:
        fact = getattr(photo, PHOTO_FACTS.get(_plain(name), ""), None) if photo else None
        in_question = re.search(r"\d+", self.facts.question)
        value = fact if isinstance(fact, int) else self.facts.total
        if not self.facts.is_answer and in_question:
            value = int(in_question[0])
        least = schema.get("minimum", schema.get("exclusiveMinimum", value - 1) + 1)
        most = schema.get("maximum", schema.get("exclusiveMaximum", value + 1) - 1)
        bounded = min(max(value, least), most)
        return round(bounded) if is_integer else float(bounded)

    def _text(self, name: str, schema: JsonObject, photo: PhotoRecord | None) -> str:
        if schema.get("format") in {"date", "date-time"}:
            return self._date(str(schema["format"]), photo)
        text = self._known_text(_plain(name), photo)
        limit = schema.get("maxLength")
        return text if limit is None else text[:limit]

    def _known_text(self, name: str, photo: PhotoRecord | None) -> str:
        if name in QUESTIONS and not self.facts.is_answer:
            return self.facts.subject or self.facts.question
        fact = PHOTO_FACTS.get(name)
        if fact and photo and (self.facts.is_answer or fact != "place"):
            value = getattr(photo, fact)
            return ", ".join(value) if isinstance(value, tuple) else str(value if value is not None else "")
        return self.facts.text

    def _date(self, form: str, photo: PhotoRecord | None) -> str:
        day = (photo.taken if photo else None) or datetime.now(UTC).date()
        return day.isoformat() + ("T00:00:00Z" if form == "date-time" else "")


def _type_of(schema: JsonObject) -> str:
    """The first of its types that isn't null."""
    declared = schema.get("type") or ("object" if "properties" in schema else "array" if "items" in schema else "")
    types = [declared] if isinstance(declared, str) else list(declared)
    return next((each for each in types if each != "null"), types[0] if types else "")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
