"""An attack, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.attacks.target import Target

Check = Callable[[Target], object]


class NotApplicable(Exception):
    """The attack means nothing against this target; says why."""


@dataclass(frozen=True)
class Attack:
    """`check` raises AssertionError if the attack gets through, and NotApplicable if there is nothing to attack."""

    kind: str
    name: str
    check: Check

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass(frozen=True)
class Outcome:
    """`verdict` is `OK`, `BROKEN` or `n/a`, `reason` says why it is not the first."""

    attack: Attack
    verdict: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:<6}  {self.attack}" + (f"  ({self.reason})" if self.reason else "")


def run(attack: Attack, target: Target) -> Outcome:
    """Try it."""
    try:
        attack.check(target)
    except NotApplicable as reason:
        return Outcome(attack, "n/a", str(reason))
    except AssertionError as error:
        return Outcome(attack, "BROKEN", " ".join(str(error).split())[:6000])
    return Outcome(attack, "OK")
