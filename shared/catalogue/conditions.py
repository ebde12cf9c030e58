"""What a filter asks of a field, as callers write it: `field.price=10..20`, `field.subject=maths`, `field.sold=no`."""

import re
from dataclasses import dataclass
from typing import Literal

from shared.catalogue.definition import NO, NONE, YES, FieldDefinition
from shared.catalogue.values import MAX_NUMBER

Operator = Literal["eq", "has", "ge", "le", "lt", "phrase", "missing"]

RANGE = ".."
PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
ANSWERS = {YES: True, NO: False, "true": True, "false": False}
AFTER_ALL = "~"  # sorts behind every digit and hyphen, so that `2024-05~` is the end of that month


@dataclass(frozen=True)
class Condition:
    """One comparison of a field with a value."""

    operator: Operator
    value: str | float | bool = ""


def conditions(field: FieldDefinition, text: str) -> list[Condition]:
    """
    What the text asks of the field; all of them must hold. ValueError says what the field can be asked.

    `none` finds the photos without a value. Numbers and dates may be ranges, open at either end; a year or a month
    is the whole of it. A string is found by a phrase of it, in any case.
    """
    text = text.strip()
    if text == NONE:
        return [Condition("missing")]
    if field.type == "string":
        return [Condition("phrase", text)]
    if field.type == "number":
        return _number_conditions(field, text)
    if field.type == "date":
        return _date_conditions(field, text)
    if field.type == "yes/no":
        if text.lower() not in ANSWERS:
            raise _unfit(field, text, "yes or no")
        return [Condition("eq", ANSWERS[text.lower()])]
    if text not in field.choices:
        raise _unfit(field, text, f"one of {', '.join(field.choices[:20])}")
    return [Condition("has" if field.type == "multi-choice" else "eq", text)]


def _number_conditions(field: FieldDefinition, text: str) -> list[Condition]:
    low, separator, high = text.partition(RANGE)
    try:
        bounds = [float(each) if each.strip() else None for each in (low, high)]
        if bounds == [None, None] or any(each is not None and not abs(each) <= MAX_NUMBER for each in bounds):
            raise ValueError
    except ValueError:
        raise _unfit(field, text, "a number or a range, such as 12.5, 10..20, 10.. or ..20") from None
    if not separator:
        return [Condition("eq", bounds[0] or 0.0)]
    if None not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]
        raise _unfit(field, text, "a range from the smaller number to the larger")
    return [
        *([] if bounds[0] is None else [Condition("ge", bounds[0])]),
        *([] if bounds[1] is None else [Condition("le", bounds[1])]),
    ]


def _date_conditions(field: FieldDefinition, text: str) -> list[Condition]:
    low, separator, high = (part.strip() for part in text.partition(RANGE))
    if not all(PERIOD.fullmatch(each) for each in (low, high) if each) or not (low or high):
        raise _unfit(field, text, "a year, a month, a day or a range of them, such as 2024, 2024-05..2024-07 or 2024..")
    high = high if separator else low
    if low[: len(high)] > high != "":
        raise _unfit(field, text, "a range from the earlier date to the later")
    bounds = [Condition("ge", low)] if low else [Condition("ge", "0")]
    return bounds + ([Condition("lt", high + AFTER_ALL)] if high else [])


def _unfit(field: FieldDefinition, text: str, allowed: str) -> ValueError:
    return ValueError(
        f"field.{field.name} can't be {text[:60]!r}: it is {allowed}, or {NONE} for photos without a value"
    )
