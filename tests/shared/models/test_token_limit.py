"""What is left of a quota is read from the headers of an answer, as OpenAI and as Azure write them."""

from collections.abc import Mapping

import pytest

from shared.models.token_limit import TokenLimit, note_token_limit, read_token_limit, told_limits
from shared.services import Services
from shared.settings import load
from tests.shared.scripted_server import Answer, scripted_server
from tests.shared.test_settings import GOOD


def headers(limit: str, remaining: str, reset: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit-tokens": limit,
        "x-ratelimit-remaining-tokens": remaining,
        "x-ratelimit-reset-tokens": reset,
    }


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (headers("30000", "28128", "7"), TokenLimit(28128, 30000, 7)),
        (headers("30000", "0", "0"), TokenLimit(0, 30000, 0)),
        (headers("200000", "199000", "300ms"), TokenLimit(199000, 200000, 0.3, fills_up=True)),
        (headers("200000", "100000", "1m0s"), TokenLimit(100000, 200000, 60, fills_up=True)),
        (headers("30000", "40000", "7"), TokenLimit(30000, 30000, 7)),
        (headers("-1", "-1", "0"), None),
        (headers("30000", "", "7"), None),
        (headers("0", "0", "7"), None),
        (headers("30000", "28128", "soon"), None),
        (headers("30000", "28128", "600"), TokenLimit(28128, 30000, 600)),
        (headers("30000", "28128", "601"), None),
        (headers("30000", "28128", "1764259200"), None),
        (headers("30000", "28128", "24h0m0s"), None),
        (headers("30000", "28128", "9" * 400), None),
        (headers("30000", "28128", "9" * 400 + "h"), None),
        (headers("9" * 5000, "28128", "7"), None),
        ({"x-ratelimit-remaining-tokens": "28128"}, None),
        ({}, None),
    ],
)
def test_what_is_left_is_told_where_all_of_it_is(sent: Mapping[str, str], expected: TokenLimit | None) -> None:
    assert read_token_limit(sent) == expected


@pytest.mark.parametrize(("left", "reset", "rate"), [(100_000, 60, 5_000 / 3), (200_000, 0, 200_000)])
def test_tokens_that_come_bit_by_bit_come_at_a_rate(left: int, reset: float, rate: float) -> None:
    assert TokenLimit(left, 200_000, reset, fills_up=True).rate == pytest.approx(rate)


async def test_nobody_is_told_who_does_not_ask() -> None:
    class Response:
        headers = headers("30000", "28128", "7")

    await note_token_limit(Response())
    told: list[TokenLimit] = []
    before = told_limits.set(told)
    await note_token_limit(Response())
    told_limits.reset(before)

    assert told == [TokenLimit(28128, 30000, 7)]


async def test_the_client_of_the_app_tells() -> None:
    answer = Answer(body={"object": "list", "data": []}, headers=headers("30000", "28128", "7"))
    async with scripted_server(answer) as server:
        services = Services(load(GOOD | {"OPENAI_BASE_URL": f"{server.url}/v1"}))
        told: list[TokenLimit] = []
        before = told_limits.set(told)
        await services.models.check()
        told_limits.reset(before)
        await services.close()

    assert told == [TokenLimit(28128, 30000, 7)]
