"""All checks at the same time, each with its own time limit, and what they found, in the order of the report."""

import asyncio
import time
from dataclasses import dataclass

from query.doctor.checks import Finding, run_check
from query.doctor.learnt import check_workarounds
from query.doctor.model_checks import embedding_check, image_embedding_checks, model_checks
from query.doctor.search_checks import check_search
from query.doctor.storage_checks import storage_checks
from shared.model_reply import TokenUsage
from shared.prices import LISTED, PriceList
from shared.redaction import redact
from shared.services import Services


class QuietServices(Services):
    """The services, without a note for the app of what a model refuses: it comes upon that itself, or does not."""

    async def _report_loss(self, key: str, loss: str) -> None:
        """Keep nothing."""


@dataclass(frozen=True)
class Examination:
    """What was found; `limitations` says in sentences what is lost because a model refuses something."""

    findings: list[Finding]
    limitations: list[str]
    seconds: float
    caption_model: str = ""
    prices: PriceList = LISTED

    @property
    def is_healthy(self) -> bool:
        """Whether all that the app needs works, if only round something."""
        return not any(each.state == "missing" for each in self.findings)

    @property
    def usage(self) -> TokenUsage:
        return sum((each.usage for each in self.findings), TokenUsage())

    @property
    def cost(self) -> float | None:
        """What these tokens cost; None if the price of a model is not known."""
        costs = [self.cost_of(each) for each in self.findings if each.usage.total]
        return None if None in costs else sum(each for each in costs if each is not None)

    def cost_of(self, finding: Finding) -> float | None:
        """What one question cost; None without a price for its model."""
        return self.prices.cost(finding.model, finding.usage)


async def examine(services: Services) -> Examination:
    """Run every check."""
    start = time.monotonic()
    groups = await asyncio.gather(
        *map(run_check, model_checks(services)),
        _check_embedding_and_search(services),
        *map(run_check, storage_checks(services)),
    )
    findings = [finding for group in groups for finding in group]
    findings += check_workarounds(services, findings)
    return Examination(
        sorted(findings, key=lambda each: ("models", "search", "storage", "queues").index(each.service)),
        [redact(each) for each in services.models.losses],
        time.monotonic() - start,
        services.models.caption_model,
        services.settings.prices,
    )


async def _check_embedding_and_search(services: Services) -> list[Finding]:
    checks = [embedding_check(services), *image_embedding_checks(services)]
    embeddings = [each for findings in await asyncio.gather(*map(run_check, checks)) for each in findings]
    may_create = all(each.state == "works" for each in embeddings)
    return embeddings + await check_search(services, may_create=may_create)
