"""
Writing an ONNX model and loading it: just the few messages of the format that a plain graph needs.

The `onnx` package would do it too, with 60 MB of installation for these lines.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

Attribute = int | float | str | list[int]
OPSET, IR_VERSION = 17, 8
FLOAT, UINT8, INT8, INT64 = 1, 2, 3, 7
# The numbers of weights as they are stored; all others become floats.
KINDS = {"uint8": (UINT8, "u1"), "int8": (INT8, "i1"), "int32": (INT64, "<i8"), "int64": (INT64, "<i8")}
# Operators beyond the standard that onnxruntime brings, for numbers of four and eight bits.
EXTRA = "com.microsoft"


@dataclass
class Graph:
    """A graph in the making: weights, nodes in order, inputs and outputs by name."""

    nodes: list[bytes] = field(default_factory=list)
    weights: list[bytes] = field(default_factory=list)
    _made: int = 0

    def weight(self, value: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        name = self._name("w")
        kind, stored = KINDS.get(value.dtype.name, (FLOAT, "<f4"))
        data = value.astype(stored).tobytes()
        dims = b"".join(number(1, size) for size in value.shape)
        self.weights.append(dims + number(2, kind) + text(8, name) + chunk(9, data))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Attribute) -> str:
        """Add a node and return the name of its output."""
        name = self._name(kind)
        names = b"".join(text(1, given) for given in inputs) + text(2, name)
        coded = b"".join(chunk(5, attribute(key, value)) for key, value in attributes.items())
        self.nodes.append(names + text(4, kind) + coded + (text(7, domain) if domain else b""))
        return name

    def model(self, inputs: dict[str, tuple[int | str, ...]], outputs: list[str]) -> bytes:
        """The finished model as onnxruntime reads it; a size that varies has a name instead."""
        graph = b"".join(chunk(1, node) for node in self.nodes) + text(2, "graph")
        graph += b"".join(chunk(5, weight) for weight in self.weights)
        graph += b"".join(chunk(11, port(name, shape)) for name, shape in inputs.items())
        graph += b"".join(chunk(12, port(name, None)) for name in outputs)
        standard, extra = text(1, "") + number(2, OPSET), text(1, EXTRA) + number(2, 1)
        return number(1, IR_VERSION) + chunk(7, graph) + chunk(8, standard) + chunk(8, extra)

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made}"


def load(model: bytes, threads: int) -> Any:
    """The model ready to run; `threads` is how many cores it may use."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def port(name: str, shape: tuple[int | str, ...] | None) -> bytes:
    """An input or output of floats."""
    sizes = [number(1, size) if isinstance(size, int) else text(2, size) for size in shape or ()]
    dims = b"".join(chunk(1, size) for size in sizes)
    tensor = number(1, FLOAT) + (chunk(2, dims) if shape is not None else b"")
    return text(1, name) + chunk(2, chunk(1, tensor))


def attribute(name: str, value: Attribute) -> bytes:
    """An attribute of a node, with the type its value has."""
    if isinstance(value, int):
        return text(1, name) + number(3, value) + number(20, 2)
    if isinstance(value, float):
        return text(1, name) + b"\x15" + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, str):
        return text(1, name) + text(4, value) + number(20, 3)
    return text(1, name) + b"".join(number(8, item) for item in value) + number(20, 7)


def number(place: int, value: int) -> bytes:
    """A protobuf field that holds an integer."""
    return varint(place << 3) + varint(value & 0xFFFFFFFFFFFFFFFF)


def text(place: int, value: str) -> bytes:
    """A protobuf field that holds a text."""
    return chunk(place, value.encode())


def chunk(place: int, value: bytes) -> bytes:
    """A protobuf field that holds bytes or a message."""
    return varint(place << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """An integer in groups of seven bits, least first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def floats(*values: float) -> NDArray[np.float32]:
    """A small constant."""
    return np.array(values, dtype=np.float32)
