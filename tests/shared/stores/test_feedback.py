"""Verdicts, appended by all instances together, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import Throttled
from shared.photo import photo_id
from shared.stores import feedback
from shared.stores.feedback import CONTAINER, KEPT, Feedback, FeedbackLog
from tests.machine import Azurite

Work = Callable[[FeedbackLog, FeedbackLog, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    """Two logs, as two instances have them."""

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            try:
                await work(FeedbackLog(blobs), FeedbackLog(blobs), blobs)
            finally:
                await blobs.delete_container(CONTAINER)

    asyncio.run(run())


def verdict(day: str = "2026-11-26", *photos: str, question: str = "") -> Feedback:
    return Feedback(at=f"{day}T10:11:12Z", verdict="up", about="answer", photos=photos, question=question)


def test_two_instances_write_to_one_day_and_lose_nothing(azurite: Azurite) -> None:
    async def work(one: FeedbackLog, other: FeedbackLog, _: BlobServiceClient) -> None:
        given = [verdict("2026-11-26", str(number), question="größer\n\u2028?") for number in range(12)]
        logs = [one, other] * 6
        await asyncio.gather(*(log.add(each) for log, each in zip(logs, given, strict=True)))
        await one.add(verdict("2026-11-25", "first"))

        kept = [each async for each in other.all()]
        assert kept[0].photos == ("first",)
        assert sorted(kept[1:], key=lambda each: int(each.photos[0])) == given

    against(azurite, work)


def test_a_day_that_is_full_says_when_to_come_again(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(one: FeedbackLog, _: FeedbackLog, __: BlobServiceClient) -> None:
        await one.add(verdict())
        monkeypatch.setattr(feedback, "MAX_DAY", 150)
        with pytest.raises(Throttled, match="tomorrow") as error:
            await one.add(verdict())

        assert error.value.wait
        assert 0 < error.value.wait <= 86_400
        assert len([each async for each in one.all()]) == 1

    against(azurite, work)


def test_a_new_day_ends_the_oldest_and_other_blobs_stay(azurite: Azurite) -> None:
    async def work(one: FeedbackLog, _: FeedbackLog, blobs: BlobServiceClient) -> None:
        today = date(2026, 11, 26)
        for day in (today - KEPT * 2, today - KEPT):
            await one.add(verdict(str(day)))
        for name in ("0 notes.txt", "0000-99-99.jsonl"):
            await blobs.get_blob_client(CONTAINER, name).upload_blob(b"mine")
        await one.add(verdict(str(today)))

        assert [each.at[:10] async for each in one.all()] == [str(today - KEPT), str(today)]
        assert await blobs.get_blob_client(CONTAINER, "0 notes.txt").exists()
        assert await blobs.get_blob_client(CONTAINER, "0000-99-99.jsonl").exists()

    against(azurite, work)


def test_damaged_lines_are_left_out(azurite: Azurite) -> None:
    async def work(one: FeedbackLog, _: FeedbackLog, blobs: BlobServiceClient) -> None:
        await one.add(verdict())
        await blobs.get_blob_client(CONTAINER, "2026-11-26.jsonl").append_block(b"\xff\n{}\n[1]\n")
        await one.add(verdict())

        assert [each async for each in one.all()] == [verdict(), verdict()]

    against(azurite, work)


def test_a_container_that_is_deleted_is_created_again(azurite: Azurite) -> None:
    async def work(one: FeedbackLog, other: FeedbackLog, blobs: BlobServiceClient) -> None:
        await one.add(verdict())
        await blobs.delete_container(CONTAINER)
        await other.add(verdict())

        assert [each async for each in one.all()] == [verdict()]

    against(azurite, work)


def test_photos_that_are_gone_leave_every_verdict(azurite: Azurite) -> None:
    gone, other = photo_id("gone.jpg"), photo_id("other.jpg")

    async def work(one: FeedbackLog, log: FeedbackLog, blobs: BlobServiceClient) -> None:
        kept = verdict("2026-11-25", other, question="where?")
        await one.add(kept)
        await one.add(verdict("2026-11-26", gone, question="secret"))
        await one.add(verdict("2026-11-26", gone, other, question="secret"))
        await blobs.get_blob_client(CONTAINER, "2026-11-26.jsonl").append_block(b"damaged " + gone.encode() + b"\n")

        for _ in range(2):
            await log.forget_photos({gone})
            await one.add(verdict("2026-11-26", other, question="later"))

        later = verdict("2026-11-26", other, question="later")
        assert [each async for each in one.all()] == [kept, verdict("2026-11-26", other), later, later]
        await log.forget_photos({other})
        assert [each async for each in one.all()] == []

    against(azurite, work)


def test_a_verdict_that_comes_while_others_are_rewritten_is_not_lost(azurite: Azurite) -> None:
    gone, other = photo_id("gone.jpg"), photo_id("other.jpg")

    async def work(one: FeedbackLog, log: FeedbackLog, _: BlobServiceClient) -> None:
        for each in (gone, other):
            await one.add(verdict("2026-11-26", each))
        forgetting = asyncio.ensure_future(log.forget_photos({gone}))
        for _number in range(10):
            await one.add(verdict("2026-11-26", other))
        await forgetting

        assert [each.photos async for each in one.all()] == [(other,)] * 11

    against(azurite, work)
