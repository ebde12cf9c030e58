"""Passwords: a slow hash with a salt of its own, and nothing else is kept."""

import hashlib
from base64 import b64decode

from shared.access.passwords import hash_password, is_password


async def test_only_the_right_password_is_one_and_it_is_not_kept() -> None:
    kept = await hash_password("correct horse ü")

    assert await is_password("correct horse ü", kept)
    for wrong in ("correct horse u", "", "correct horse ü ", "x" * 10_000):
        assert not await is_password(wrong, kept)
    assert "horse" not in kept
    assert kept != await hash_password("correct horse ü")
    _, cost, block, parallel, salt, digest = kept.split("$")
    assert int(cost) * int(block) * 128 >= 2**24  # bytes that each try takes
    made = hashlib.scrypt(
        "correct horse ü".encode(), salt=b64decode(salt), n=int(cost), r=int(block), p=int(parallel), dklen=32
    )
    assert made == b64decode(digest)
