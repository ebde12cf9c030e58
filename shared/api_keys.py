"""
Keys of our own: what one looks like, what is kept of it, and how one is recognised.

A key is `photos_`, 43 random characters (256 bits) and a checksum of 6, so that scanners of secrets find one that got
lost. Only its SHA-256 is kept: nobody can guess that much chance, so a slow hash would only cost time.
"""

import hmac
import re
import secrets
import string
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Literal, cast, get_args
from zlib import crc32

from pydantic import Field
from pydantic.dataclasses import dataclass

PREFIX = "photos_"
ALPHABET = string.digits + string.ascii_letters
RANDOM_LENGTH, CHECKSUM_LENGTH = 43, 6
MIN_LENGTH = 32  # of keys that others have made, in API_KEYS
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Right = Literal["read", "full"]
KeyRole = Literal["viewer", "contributor", "editor", "admin", "read", "full"]  # read: viewer, full: admin


@dataclass(frozen=True)
class ApiKey:
    """
    What is kept of a key; `made_at` is ISO 8601 in UTC, and empty for one from the settings.

    `right` is a role, or what keys had before there were roles.
    """

    name: Annotated[str, Field(pattern=NAME)]
    right: KeyRole
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    made_at: str = ""


def generate_key() -> str:
    """A new key, which nobody can guess."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return PREFIX + body + _checksum(body)


def digest_key(key: str) -> str:
    """What is kept of a key: its SHA-256 in hexadecimal digits."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def is_mistyped(key: str) -> bool:
    """Whether a key claims to be one of ours and its checksum does not hold."""
    body = key.removeprefix(PREFIX)
    if body == key:
        return False
    return not hmac.compare_digest(
        _checksum(body[:RANDOM_LENGTH]).encode(), body[RANDOM_LENGTH:].encode("utf-8", "surrogatepass")
    )


def find_key(digest: str, keys: Iterable[ApiKey]) -> ApiKey | None:
    """The key of this digest. All are compared, each in constant time, so that the time taken tells nothing."""
    match = None
    for each in keys:
        if hmac.compare_digest(digest, each.digest):
            match = each
    return match


def parse_keys(text: str) -> tuple[ApiKey, ...]:
    """The keys of the setting API_KEYS, `name:role:key` with commas between; ValueError repeats none of them."""
    keys = [_parse_key(each.strip()) for each in text.split(",")]
    names = [each.name for each in keys]
    if len(set(names)) < len(names):
        raise ValueError("two keys have the same name")
    return tuple(keys)


def _parse_key(text: str) -> ApiKey:
    name, _, rest = text.partition(":")
    right, _, key = rest.partition(":")
    if not re.match(NAME, name) or right not in get_args(KeyRole):
        roles = ", ".join(get_args(KeyRole)[:-2])
        raise ValueError(f"write name:role:key, with commas between; a role is {roles}, and a name has no spaces")
    if len(key) < MIN_LENGTH or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError(f"the key of {name!r} needs at least {MIN_LENGTH} characters of ASCII without spaces")
    return ApiKey(name, cast(KeyRole, right), digest_key(key))


def _checksum(body: str) -> str:
    """The CRC-32 of the random part, in base 62."""
    number, digits = crc32(body.encode("utf-8", "surrogatepass")), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
