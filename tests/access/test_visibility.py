"""
Nobody can tell from any answer that there are photos which they may not see.

What is not ranked is byte for byte what it would be without them. What is ranked names none of them.
`ACCESS_EXAMPLES=1000` looks for an hour or two.
"""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.access.libraries import COLLECTIONS, Case, LibraryPhoto, Person, State, cases
from tests.access.observations import (
    NOT_ASKED,
    dismissed,
    forbidden_words,
    ranked,
    retried,
    told_by_changes,
    told_of_records,
    told_words,
    unranked,
    warm,
    without_question,
)
from tests.access.world import AccessWorld, running_access_world
from web.routes import ROUTES

T = TypeVar("T")
EXAMPLES = int(os.environ.get("ACCESS_EXAMPLES", "5"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccessWorld]:
    with running_access_world(tmp_path_factory.mktemp("access")) as running:
        yield running


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # an example takes a second: nobody waits for a smaller one
    report_multiple_bugs=False,
)
@given(case=cases())
def test_what_is_hidden_is_as_if_it_were_not_there(world: AccessWorld, case: Case) -> None:
    world.run(check(case, world))


RULES = ({"folder": "a", "see": []}, {"folder": "ab", "see": ["everyone"]})
STATES: tuple[State, ...] = ("indexed", "waiting", "failing", "trashed")
OF_ALL_KINDS = Case(
    tuple(
        LibraryPhoto(f"{folder}/one.jpg" if n else f"{folder}/two.jpg", state, COLLECTIONS[:1], bytes_of=2)
        for folder in ("a", "ab")
        for n, state in enumerate(STATES[:2])
    )
    + tuple(LibraryPhoto(f"{folder}/three.jpg", "failing", bytes_of=2) for folder in ("a", "ab")),
    RULES,
    None,
    Person("p1", frozenset()),
)


def test_whatever_can_be_asked_is_asked_or_said_to_tell_nothing(world: AccessWorld) -> None:
    world.run(check(OF_ALL_KINDS, world))

    functions = {each.function for each in ROUTES}
    assert functions - world.asked == NOT_ASKED.keys() - world.asked, "ask it in observations.py, or say why not there"
    assert NOT_ASKED.keys() <= functions


async def check(case: Case, world: AccessWorld) -> None:
    """Ask everything with the hidden photos there, and without them."""
    try:
        await world.fill(case)
        world.act_for(case.person)
        await warm(world)
        with_them = [each async for each in unranked(case, world)]
        words = told_words(case.hidden)
        for asked, answer in with_them:
            for word in forbidden_words(asked, case.hidden):
                assert word not in answer, f"{asked} tells of {word}"
        async for asked, answer in ranked(case, world):
            for word in words:
                assert word not in without_question(answer), f"{asked} tells of {word}"
        for photo in case.hidden:
            async for asked, hidden, unknown in told_by_changes(photo, "", world):
                assert hidden == unknown, asked
        async for asked, hidden, unknown in told_of_records(world):
            assert hidden == unknown, asked
        await world.remove(case.hidden, case)
        await warm(world)
        async for (asked, hidden), (_, without) in _pairs(with_them, unranked(case, world)):
            assert hidden == without, asked
        await check_failures(case, world)
    finally:
        await world.empty(case)


async def check_failures(case: Case, world: AccessWorld) -> None:
    """Only failures that are seen are tried again, or deleted, where somebody asks for all of them."""
    own = [each for each in case.photos if each.state == "failing" and each.is_own]
    if own:
        seen = len([each for each in own if not case.is_hidden(each)])
        for count, name in ((retried, "retries"), (dismissed, "deleted failures")):
            for each in own:
                await world.write_failure(each, case.person)
            assert await count(world) == seen, name


async def _pairs(one: Sequence[T], other: AsyncIterator[T]) -> AsyncIterator[tuple[T, T]]:
    for each in one:
        yield each, await anext(other)
