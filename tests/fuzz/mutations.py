"""Valid samples, broken: by bytes, and, where they are JSON, by values."""

import json
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

EDGES = [0, 1, 0x7F, 0x80, 0xFF]
LENGTHS = [
    number.to_bytes(size, order)
    for size in (2, 4)
    for number in (0, 1, 8, (1 << (8 * size - 1)) - 1, 1 << (8 * size - 1), (1 << (8 * size)) - 1)
    for order in ("big", "little")
]
TOKENS = [
    *LENGTHS, b"\0", b"\n", b"\r\n", b"<", b"&", b"&#0;", b"&#xD800;", b"<![CDATA[", b"<!--", b"]]>", b"%", b"%00",
    b"\\u",
    b'"', b"'", b"\xed\xa0\x80", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"9" * 5000, b"-", b"1e999", b"NaN",
    b"null",
    b"{", b"[", b"}", b"]", b":", b",", b"II*\0", b"MM\0*", b"Exif\0\0", b"\xff\xe1", b"\xff\xd8", b"8BIM", b"\x1c\x02",
    b"[" * 30_000, b'{"a":' * 30_000,
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**30, -(2**63), "", " ", "\0", "\ud800", "\u202e", "9" * 400, "0001-01-01",
    "9999-12-31T23:59:59.999999+23:59", "2024-02-30", "-0", "NaN", "a" * 3000, [], {}, [None], [[]], {"": None},
    ["x"] * 300, [{}], {"name": "x"}, "../x", "\u0663", "2024-01-01T00:00:00", "2024-01-01T00:00:00+99:99",
]  # fmt: skip


def mutate(samples: Sequence[bytes], seed: int) -> bytes:
    """One of the samples with one to six changes; the same seed makes the same."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(samples))
    if bytes(data[:1]) in (b"{", b"[") and chance.random() < 0.6:
        return _mutated_json(bytes(data), chance)
    for _ in range(chance.randint(1, 6)):
        chance.choice(CHANGES)(data, chance, samples)
    return bytes(data)


def _place(data: bytearray, chance: random.Random) -> int:
    """Near the start more often than elsewhere, as that is where structures are."""
    return chance.randrange(min(len(data), chance.choice([16, 64, 300, len(data) + 1])) + 1)


def _set(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at = _place(data, chance)
    data[at : at + 1] = bytes([chance.choice([*EDGES, chance.randrange(256)])])


def _overwrite(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at, token = _place(data, chance), chance.choice(TOKENS)
    data[at : at + len(token)] = token


def _insert(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at = _place(data, chance)
    data[at:at] = chance.choice(TOKENS)


def _delete(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at = _place(data, chance)
    del data[at : at + chance.choice([1, 2, 4, 20, 500])]


def _repeat(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at, length = _place(data, chance), chance.choice([1, 4, 30, 400])
    data[at:at] = bytes(data[at : at + length]) * chance.choice([1, 2, 50])


def _cut(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    del data[_place(data, chance) :]


def _splice(data: bytearray, chance: random.Random, samples: Sequence[bytes]) -> None:
    other = chance.choice(samples)
    start = chance.randrange(len(other) + 1)
    at = _place(data, chance)
    data[at:at] = other[start : start + chance.choice([4, 40, 1000])]


Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]
CHANGES: tuple[Change, ...] = (_set, _set, _overwrite, _insert, _delete, _repeat, _cut, _splice)


def _mutated_json(data: bytes, chance: random.Random) -> bytes:
    """The same JSON with some of its values replaced, or left out."""
    root = [json.loads(data)]
    for _ in range(chance.randint(1, 3)):
        places = list(_places(root))
        holder, key = chance.choice(places)
        if chance.random() < 0.2 and holder is not root:
            del holder[key]
        else:
            holder[key] = deepcopy(chance.choice(VALUES))
    text = json.dumps(root[0], ensure_ascii=chance.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every value in a structure by what holds it."""
    if isinstance(value, dict):
        items: list[Any] = list(value.items())
    else:
        items = list(enumerate(value)) if isinstance(value, list) else []
    return [place for key, each in items for place in [(value, key), *_places(each)]]
