"""Passwords, of which only a slow hash is kept: scrypt, with a salt of its own."""

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

# OWASP's least for scrypt that takes 16 MB: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
COST, BLOCK, PARALLEL = 2**14, 8, 5
SALT = 16  # bytes
AT_ONCE = asyncio.Semaphore(2)  # each takes 16 MB and a fifth of a second


async def hash_password(password: str) -> str:
    """What to keep of a password: how it is hashed, the salt and the hash."""
    salt = secrets.token_bytes(SALT)
    digest = await _scrypt(password, salt, COST, BLOCK, PARALLEL)
    return f"scrypt${COST}${BLOCK}${PARALLEL}${b64encode(salt).decode()}${b64encode(digest).decode()}"


async def is_password(password: str, kept: str) -> bool:
    """Whether this is the password of which that was kept."""
    _, cost, block, parallel, salt, digest = kept.split("$")
    made = await _scrypt(password, b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(made, b64decode(digest))


async def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    async with AT_ONCE:
        return await asyncio.to_thread(
            hashlib.scrypt, password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=2**26, dklen=32
        )
