"""One check, whatever goes wrong in it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from query.doctor.checks import Check, Finding, not_tried, run_check
from shared.errors import BadRequest, Outage
from shared.redaction import remember_secret
from tests.query.doctor.test_advice import BY_KEY


def check(run: Callable[[], Awaitable[Sequence[Finding]]], *names: str, limit: float = 60) -> Check:
    return Check("models", names or ("tools",), run, BY_KEY, limit, "try another", "m")


def failing(error: Exception) -> Callable[[], Awaitable[Sequence[Finding]]]:
    async def run() -> list[Finding]:
        raise error

    return run


async def test_findings_get_the_names_of_their_check() -> None:
    async def run() -> list[Finding]:
        return [Finding("a"), Finding("b", "worked round")]

    findings = await run_check(check(run, "streaming", "usage"))

    assert [(each.service, each.check, each.model, each.state) for each in findings] == [
        ("models", "streaming", "m", "works"),
        ("models", "usage", "m", "worked round"),
    ]


async def test_what_fails_is_missing_and_what_hangs_on_it_was_not_tried() -> None:
    findings = await run_check(check(failing(BadRequest("no tools\nTraceback")), "streaming", "usage"))

    assert [each.state for each in findings] == ["missing", "not tried"]
    assert (findings[0].detail, findings[0].advice) == ("no tools", "try another")


async def test_advice_about_the_error_comes_before_the_general_one() -> None:
    [finding] = await run_check(check(failing(Outage("no route"))))

    assert "ADDRESS" in finding.advice


async def test_an_error_that_nobody_expects_is_a_finding_too() -> None:
    [finding] = await run_check(check(failing(ZeroDivisionError())))

    assert (finding.state, finding.detail) == ("missing", "ZeroDivisionError")


async def test_a_check_that_hangs_ends_at_its_limit() -> None:
    async def run() -> list[Finding]:
        await asyncio.Event().wait()
        return []

    [finding] = await run_check(check(run, limit=0.01))

    assert finding.state == "missing"
    assert "no answer within" in finding.detail
    assert "ADDRESS" in finding.advice


async def test_no_finding_names_a_key() -> None:
    remember_secret("made-up-secret-of-a-check")

    [finding] = await run_check(check(failing(ValueError("refused made-up-secret-of-a-check"))))

    assert "made-up-secret" not in finding.detail


def test_a_check_that_is_left_out_says_why() -> None:
    [finding] = not_tried(check(failing(ValueError())), "there is no index")

    assert (finding.state, finding.check, finding.detail) == ("not tried", "tools", "there is no index")
