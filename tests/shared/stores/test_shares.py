"""Shares as they are kept, and what all instances count of their use."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.access.roles import Role
from shared.errors import NotFound, Throttled
from shared.photo import photo_id, utc
from shared.stores import share_use, shares as module
from shared.stores.shares import CONTAINER, Share, Shares, digest_of_token, id_of_token, new_token
from tests.machine import Azurite

Work = Callable[[Shares, BlobServiceClient], Awaitable[None]]
IDS = tuple(photo_id(f"{number}.jpg") for number in range(3))


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Shares(blobs), blobs)

    asyncio.run(run())


def a_share(token: str, **fields: Any) -> Share:
    now = datetime.now(UTC)
    values = {"name": "Ürlaub", "photos": IDS, "maker": "ann", "maker_groups": ("g",), **fields}
    values.setdefault("expires_at", utc(now + timedelta(days=30)))
    return Share(id=id_of_token(token), token_digest=digest_of_token(token), created_at=utc(now), **values)


def test_a_token_has_256_bits_and_nothing_is_kept_of_it() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert {len(each) for each in tokens} == {43}
    share = a_share(next(iter(tokens)))
    assert next(iter(tokens)) not in str(share)


def test_a_share_is_found_by_its_token_until_it_is_revoked(azurite: Azurite) -> None:
    async def work(shares: Shares, blobs: BlobServiceClient) -> None:
        token = new_token()
        share = a_share(token, maker_role=Role.EDITOR)
        await shares.create(share)

        assert await shares.of_token(token) == share
        assert share in await shares.all()
        for other in (token[:-1], new_token(), "", share.id, share.token_digest, "../x", "é" * 43):
            with pytest.raises(NotFound, match="there is no such share, or it is over"):
                await shares.of_token(other)
        forged = replace(share, token_digest="0" * 64)
        await blobs.get_blob_client(CONTAINER, f"shares/{share.id}.json").upload_blob(
            module.SHARE.dump_json(forged), overwrite=True
        )
        with pytest.raises(NotFound):
            await shares.of_token(token)
        for _ in range(2):
            await shares.revoke(share.id)
        with pytest.raises(NotFound, match="there is no such share, or it is over"):
            await shares.of_token(token)

    against(azurite, work)


def test_what_has_expired_is_unknown_and_swept_with_what_was_used_of_it(azurite: Azurite) -> None:
    async def work(shares: Shares, blobs: BlobServiceClient) -> None:
        over, live = new_token(), new_token()
        await shares.create(a_share(over, expires_at=utc(datetime.now(UTC) - timedelta(seconds=1))))
        await shares.create(a_share(live))
        for each in (over, live):
            await shares.count_original(id_of_token(each))

        with pytest.raises(NotFound, match="there is no such share, or it is over"):
            await shares.of_token(over)
        assert id_of_token(over) not in [each.id for each in await shares.all()]
        await shares.sweep()

        names = {each.name async for each in blobs.get_container_client(CONTAINER).list_blobs()}
        assert not [each for each in names if id_of_token(over) in each]
        assert len([each for each in names if id_of_token(live) in each]) == 2
        await shares.revoke(id_of_token(live))

    against(azurite, work)


def test_photos_that_are_gone_leave_selections(azurite: Azurite) -> None:
    async def work(shares: Shares, _: BlobServiceClient) -> None:
        tokens = [new_token() for _ in range(3)]
        chosen: tuple[dict[str, Any], ...] = ({}, {"photos": IDS[:1]}, {"photos": (), "collection": photo_id("c")})
        for token, fields in zip(tokens, chosen, strict=True):
            await shares.create(a_share(token, **fields))

        moved = photo_id("moved.jpg")
        await shares.rename_photo(IDS[2], moved)
        assert (await shares.of_token(tokens[0])).photos == (*IDS[:2], moved)
        await shares.rename_photo(moved, IDS[2])
        await shares.rename_photo(photo_id("unknown.jpg"), moved)
        await shares.forget_photos({IDS[0]})

        assert (await shares.of_token(tokens[0])).photos == IDS[1:]
        assert (await shares.of_token(tokens[2])).collection
        with pytest.raises(NotFound):
            await shares.of_token(tokens[1])
        for token in tokens:
            await shares.revoke(id_of_token(token))

    against(azurite, work)


COUNTS: dict[str, Callable[[Shares, str], Awaitable[None]]] = {
    "originals": lambda shares, id_: shares.count_original(id_),
    "downloads": lambda shares, id_: shares.count_download(id_),
    "attempts": lambda shares, id_: shares.count_attempt(id_, "1.2.3.4"),
}


@pytest.mark.parametrize("kind", COUNTS)
def test_limits_hold_for_all_instances_together(kind: str, azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("ORIGINALS_A_DAY", "DOWNLOADS_A_DAY", "ATTEMPTS_AN_HOUR"):
        monkeypatch.setattr(share_use, limit, 5)

    async def work(shares: Shares, blobs: BlobServiceClient) -> None:
        id_, instances = id_of_token(new_token()), [shares, Shares(blobs)]
        tries = [COUNTS[kind](instances[number % 2], id_) for number in range(9)]
        results = await asyncio.gather(*tries, return_exceptions=True)

        assert results.count(None) == 5
        refused = [each for each in results if each]
        assert all(isinstance(each, Throttled) and each.wait for each in refused)
        await shares.revoke(id_)

    against(azurite, work)


def test_a_password_that_was_right_is_no_attempt(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_use, "ATTEMPTS_AN_HOUR", 2)

    async def work(shares: Shares, _: BlobServiceClient) -> None:
        id_ = id_of_token(new_token())
        for _number in range(5):
            await shares.count_attempt(id_, "1.2.3.4")
            await shares.count_attempt(id_, "1.2.3.4", -1)
        await shares.count_attempt(id_, "1.2.3.4")
        await shares.count_attempt(id_, "1.2.3.4")
        with pytest.raises(Throttled):
            await shares.count_attempt(id_, "1.2.3.4")

    against(azurite, work)
