"""A check of one service, and what comes of it: a Finding for each of its names, whatever goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from query.doctor.advice import ServiceAccess, advise
from shared.errors import ASK_THE_DOCTOR
from shared.model_reply import TokenUsage
from shared.redaction import redact

State = Literal["works", "worked round", "missing", "not tried"]

SLOW = "if it is only slow, as a server that still loads its model, run it again"


@dataclass(frozen=True)
class Finding:
    """What is known of one capability; `worked round` says that the app does without. Names no key."""

    detail: str
    state: State = "works"
    advice: str = ""
    model: str = ""
    usage: TokenUsage = field(default_factory=TokenUsage)
    service: str = ""
    check: str = ""


@dataclass(frozen=True)
class Check:
    """
    One question to a service. `run` returns a finding for each name, in their order, or raises.

    `hint` says what to do where the error does not tell.
    """

    service: str
    names: tuple[str, ...]
    run: Callable[[], Awaitable[Sequence[Finding]]]
    access: ServiceAccess
    limit: float  # seconds
    hint: str = ""
    model: str = ""


async def run_check(check: Check) -> list[Finding]:
    """The findings of one check. If it fails, the first name is what is missing and the others were not tried."""
    try:
        findings = await asyncio.wait_for(check.run(), check.limit)
    except TimeoutError:
        findings = _failure(check, f"no answer within {check.limit:.0f} s", f"{check.access.unreachable}; {SLOW}")
    except Exception as error:  # one that the app does not expect must not hide what the other checks find
        detail = str(error).removesuffix(f" ({ASK_THE_DOCTOR})") or type(error).__name__
        findings = _failure(check, detail, advise(error, check.access) or check.hint)
    return [
        replace(
            each,
            service=check.service,
            check=name,
            model=each.model or check.model,
            detail=redact(each.detail),
            advice=redact(each.advice),
        )
        for name, each in zip(check.names, findings, strict=True)
    ]


def not_tried(check: Check, reason: str) -> list[Finding]:
    """The findings of a check that is left out."""
    return [Finding(reason, "not tried", service=check.service, check=name) for name in check.names]


def _failure(check: Check, detail: str, advice: str) -> list[Finding]:
    others = [Finding(f"because {check.names[0]} failed", "not tried") for _ in check.names[1:]]
    return [Finding(detail.split("\n", 1)[0], "missing", advice), *others]
