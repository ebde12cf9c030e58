"""Describes again what another prompt, model or language described, and says before how much that takes."""

from collections.abc import Set
from dataclasses import dataclass

from ingest.context import IngestContext
from shared.catalogue.in_force import definitions_version
from shared.stores.tickets import Ticket


@dataclass(frozen=True)
class Estimate:
    """How many of all photos another recipe described, and about how many tokens describing them again takes."""

    stale: int
    total: int
    tokens: int

    def __str__(self) -> str:
        counts = f"{self.stale:,} of {self.total:,} photos are out of date"
        return f"{counts}; describing them takes about {self.tokens:,} tokens"


async def estimate(context: IngestContext, among: Set[str] | None = None) -> Estimate:
    """What `recaption` would redo, of all photos or `among` these; the tokens are those of the present descriptions."""
    stale = tokens = 0
    async for entry in context.index.walk(stale_filter(context)):
        if among is None or entry.id in among:
            stale += 1
            tokens += entry.tokens
    return Estimate(stale, await context.index.count() if among is None else len(among), tokens)


async def recaption(context: IngestContext) -> int:
    """Queue every photo that is described by another recipe; return how many."""
    count = 0
    async for entry in context.index.walk(stale_filter(context)):
        await context.tickets.send(Ticket(entry.path, definitions=definitions_version()))
        count += 1
    return count


async def stale_paths(context: IngestContext) -> list[str]:
    """The photos that `recaption` would queue."""
    return [entry.path async for entry in context.index.walk(stale_filter(context))]


def stale_filter(context: IngestContext) -> str:
    """The documents that another recipe described, as OData."""
    # hex, so they need no escaping
    return " and ".join(f"recipe ne '{each}'" for each in (context.recipe, *context.former_recipes))
