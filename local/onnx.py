"""
Builds and loads ONNX models, with only the few protobuf messages that a plain graph needs.

The `onnx` package would do the same, but installs 60 MB.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

Attribute = int | float | str | list[int]
OPSET, IR_VERSION = 17, 8
FLOAT, UINT8, INT8, INT64 = 1, 2, 3, 7
# How weights are stored, by their NumPy type; all other types become floats.
TENSOR_TYPES = {"uint8": (UINT8, "u1"), "int8": (INT8, "i1"), "int32": (INT64, "<i8"), "int64": (INT64, "<i8")}
# onnxruntime's own operators, among them those for four-bit and eight-bit numbers.
MICROSOFT_DOMAIN = "com.microsoft"


@dataclass
class OnnxGraph:
    """A graph being built: weights, and nodes in order, connected by names."""

    nodes: list[bytes] = field(default_factory=list)
    weights: list[bytes] = field(default_factory=list)
    _name_count: int = 0

    def add_weight(self, value: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        name = self._new_name("w")
        data_type, stored_dtype = TENSOR_TYPES.get(value.dtype.name, (FLOAT, "<f4"))
        data = value.astype(stored_dtype).tobytes()
        dims = b"".join(_integer_field(1, size) for size in value.shape)
        self.weights.append(dims + _integer_field(2, data_type) + _string_field(8, name) + _bytes_field(9, data))
        return name

    def add_node(self, operator: str, *inputs: str, domain: str = "", **attributes: Attribute) -> str:
        """Add a node and return the name of its output."""
        name = self._new_name(operator)
        names = b"".join(_string_field(1, input_name) for input_name in inputs) + _string_field(2, name)
        attribute_fields = b"".join(_bytes_field(5, _attribute(key, value)) for key, value in attributes.items())
        self.nodes.append(
            names + _string_field(4, operator) + attribute_fields + (_string_field(7, domain) if domain else b"")
        )
        return name

    def serialize(self, inputs: dict[str, tuple[int | str, ...]], outputs: list[str]) -> bytes:
        """The model in ONNX format. In the shape of an input, a string is a dimension of any size."""
        graph = b"".join(_bytes_field(1, node) for node in self.nodes) + _string_field(2, "graph")
        graph += b"".join(_bytes_field(5, weight) for weight in self.weights)
        graph += b"".join(_bytes_field(11, _value_info(name, shape)) for name, shape in inputs.items())
        graph += b"".join(_bytes_field(12, _value_info(name, None)) for name in outputs)
        standard_opset = _string_field(1, "") + _integer_field(2, OPSET)
        microsoft_opset = _string_field(1, MICROSOFT_DOMAIN) + _integer_field(2, 1)
        opsets = _bytes_field(8, standard_opset) + _bytes_field(8, microsoft_opset)
        return _integer_field(1, IR_VERSION) + _bytes_field(7, graph) + opsets

    def _new_name(self, kind: str) -> str:
        self._name_count += 1
        return f"{kind}{self._name_count}"


def load_session(model: bytes, threads: int) -> Any:
    """Load a model; `threads` is how many cores it may use."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _value_info(name: str, shape: tuple[int | str, ...] | None) -> bytes:
    """The description of an input or output of floats."""
    sizes = [_integer_field(1, size) if isinstance(size, int) else _string_field(2, size) for size in shape or ()]
    dims = b"".join(_bytes_field(1, size) for size in sizes)
    tensor = _integer_field(1, FLOAT) + (_bytes_field(2, dims) if shape is not None else b"")
    return _string_field(1, name) + _bytes_field(2, _bytes_field(1, tensor))


def _attribute(name: str, value: Attribute) -> bytes:
    """An attribute of a node, typed by its value."""
    if isinstance(value, int):
        return _string_field(1, name) + _integer_field(3, value) + _integer_field(20, 2)
    if isinstance(value, float):
        return _string_field(1, name) + b"\x15" + struct.pack("<f", value) + _integer_field(20, 1)
    if isinstance(value, str):
        return _string_field(1, name) + _string_field(4, value) + _integer_field(20, 3)
    return _string_field(1, name) + b"".join(_integer_field(8, item) for item in value) + _integer_field(20, 7)


def _integer_field(field_number: int, value: int) -> bytes:
    """A protobuf field that holds an integer."""
    return _varint(field_number << 3) + _varint(value & 0xFFFFFFFFFFFFFFFF)


def _string_field(field_number: int, value: str) -> bytes:
    """A protobuf field that holds a string."""
    return _bytes_field(field_number, value.encode())


def _bytes_field(field_number: int, value: bytes) -> bytes:
    """A protobuf field that holds bytes or a message."""
    return _varint(field_number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """A protobuf varint: groups of seven bits, the lowest first."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
