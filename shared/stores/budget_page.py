"""A day's page of the budget, as storage has it, and the account that an instance has of it."""

from dataclasses import field

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

ROUNDING = 1e-9


@dataclass
class BudgetPage:
    """
    The money that instances have taken of a day's budget; each has spent it, or holds it for calls in flight.

    `settled` names corrections that were made, and `writers` the last write of each process.
    """

    taken: float = 0.0
    currency: str = "USD"
    settled: list[str] = field(default_factory=list)
    writers: dict[str, int] = field(default_factory=dict)


@dataclass
class DayAccount:
    """
    The money of one instance on one day: taken from the page, held for calls in flight, and spent.

    `unsure` is what writes that failed would have taken, by their numbers. At most one of them was made or will be, as
    each is bound to a page without those before it.
    """

    taken: float = 0.0
    held: float = 0.0
    spent: float = 0.0
    unsure: dict[int, float] = field(default_factory=dict)

    @property
    def missing(self) -> float:
        """What is spent or held beyond what was taken; negative where some is left."""
        return self.spent + self.held - self.taken


PAGE = TypeAdapter(BudgetPage)
