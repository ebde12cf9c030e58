"""What a refresh takes is said before it is begun."""

from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from ingest.refresh_estimate import RefreshEstimate, estimate_refresh
from tests.ingest.fakes import ANSWER, Fakes, fakes, jpeg

EMBEDDED = "".join([str(ANSWER["title"]), str(ANSWER["caption"]), *ANSWER["tags"], "picture 0"])  # type: ignore[misc]


async def library(*outdated: bool) -> Fakes:
    world = fakes()
    for number, is_outdated in enumerate(outdated):
        world.storage.put(f"{number}.jpg", jpeg(number))
        photo = await ingest(f"{number}.jpg", world.context)
        assert photo
        world.index.photos[photo.id] = replace(photo, facts_version=0) if is_outdated else photo
    return world


async def test_only_documents_of_an_older_version_count() -> None:
    world = await library(True, False, True)

    estimate = await estimate_refresh(world.context)

    size = len(jpeg(0)) + len(jpeg(2))
    assert estimate == RefreshEstimate(outdated=2, total=3, size_bytes=size, tokens=2 * len(EMBEDDED) // 4)


async def test_an_empty_library_takes_nothing() -> None:
    assert await estimate_refresh(fakes().context) == RefreshEstimate()


@pytest.mark.parametrize(
    ("model", "price"), [("text-embedding-3-small", "about $0.00000 by prices of 2026-11"), ("my-deployment", "")]
)
async def test_money_is_named_where_it_is_known(model: str, price: str) -> None:
    world = await library(True)
    world.models.embedding_model = model

    estimate = await estimate_refresh(world.context)

    assert estimate.price == price


def test_an_estimate_reads_as_a_sentence() -> None:
    assert str(RefreshEstimate(outdated=1200, total=3000, size_bytes=5_000_000, tokens=90_000, price="$0.00180")) == (
        "1,200 of 3,000 photos are out of date; reading them again takes 5,000,000 bytes from storage and at most "
        "1,200 embeddings (about 90,000 tokens, $0.00180), but no captions"
    )
