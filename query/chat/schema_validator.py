"""
JSON schemas of callers, checked in bounded time: whoever writes one must not be able to keep this process busy.

References may double the work at each of their levels, and a pattern may take for ever to match. So the keywords that
are tried are counted, and patterns aren't checked.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend, validator_for
from referencing import Registry

MAX_STEPS = 50_000  # keywords that are tried on one value: about a second
VALUES_PER_STEP = 20  # of a long list, such as that of `enum`

Rule = Callable[..., Any]


class TooManySteps(Exception):
    """The value and the schema take more than MAX_STEPS."""


def check_schema(schema: Mapping[str, Any]) -> None:
    """SchemaError if this is none, by the dialect it names."""
    _dialect(schema).check_schema(schema)


def schema_validator(schema: Mapping[str, Any]) -> Any:
    """A validator for one value; TooManySteps where it would take too long."""
    # Without its dialect: at each `$schema` that jsonschema comes upon it goes on with its own rules instead of these.
    without_dialect = {name: value for name, value in schema.items() if name != "$schema"}
    # An empty registry: without one, a reference to another host would be fetched.
    return _bounded(_dialect(schema))(without_dialect, registry=Registry())


def _dialect(schema: Mapping[str, Any]) -> Any:
    return validator_for(schema, default=Draft202012Validator)


def _bounded(dialect: Any) -> Any:
    """The dialect with rules that count."""
    steps = 0

    def counted(rule: Rule) -> Rule:
        def run(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
            nonlocal steps
            steps += 1 + (len(value) // VALUES_PER_STEP if isinstance(value, list) else 0)
            if steps > MAX_STEPS:
                raise TooManySteps(f"it takes more than {MAX_STEPS:,} steps")
            return rule(validator, value, instance, schema)

        return run

    rules: dict[str, Rule | None] = {name: counted(rule) for name, rule in dialect.VALIDATORS.items()}
    return extend(dialect, rules | {"pattern": None, "uniqueItems": counted(_unique_items)})  # type: ignore[no-untyped-call]


def _unique_items(_validator: Any, is_wanted: Any, items: Any, _schema: Any) -> Iterator[ValidationError]:
    """jsonschema compares each item with each other one."""
    if is_wanted is True and isinstance(items, list):
        texts = [json.dumps(each, sort_keys=True) for each in items]
        if len(set(texts)) < len(texts):
            yield ValidationError("two items are the same")
