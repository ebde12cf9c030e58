"""Converts TensorFlow.js graph models (a JSON file with weights beside it) to ONNX, channels first."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.onnx import OnnxGraph

JsonObject = dict[str, Any]
ELEMENTWISE_OPS = {"Mul": "Mul", "Add": "Add", "AddV2": "Add", "Sub": "Sub", "Relu": "Relu", "Sigmoid": "Sigmoid"}


def convert_graph_model(path: Path, outputs: list[str]) -> bytes:
    """
    The part of a graph model that leads to `outputs`, as ONNX.

    The input "image" takes floats of shape (1, channels, height, width). The
    outputs have their channels first too, unless the model itself flattens them.
    """
    model_json = json.loads(path.read_text())
    return _GraphConverter(model_json, _load_weights(model_json, path.parent)).serialize(outputs)


def _load_weights(model_json: JsonObject, folder: Path) -> dict[str, NDArray[Any]]:
    """The model's constants by name."""
    weights: dict[str, NDArray[Any]] = {}
    for group in model_json["weightsManifest"]:
        data, offset = b"".join((folder / name).read_bytes() for name in group["paths"]), 0
        for entry in group["weights"]:
            dtype_name = entry.get("quantization", entry)["dtype"]
            dtype = np.dtype({"float16": "<f2", "float32": "<f4", "int32": "<i4"}[dtype_name])
            count = int(np.prod(entry["shape"]))
            weights[entry["name"]] = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
            offset += count * dtype.itemsize
    return weights


class _GraphConverter:
    """The conversion of one graph; `converted` maps the model's names to ours."""

    def __init__(self, model_json: JsonObject, weights: dict[str, NDArray[Any]]) -> None:
        self.nodes = {node["name"]: node for node in model_json["modelTopology"]["node"]}
        self.weights = weights
        self.graph = OnnxGraph()
        self.converted: dict[str, str] = {}
        self.shape: tuple[int, ...] = ()

    def serialize(self, outputs: list[str]) -> bytes:
        ends = [self._value(name) for name in outputs]
        return self.graph.serialize({"image": self.shape}, ends)

    def _value(self, name: str) -> str:
        """Our name for one of the model's values, converted with everything that it depends on."""
        name = name.split(":", maxsplit=1)[0]
        if name not in self.converted:
            # Depth first, without recursion: some graphs are hundreds of nodes deep.
            stack = [name]
            while stack:
                missing = [source for source in self._dependencies(stack[-1]) if source not in self.converted]
                if missing:
                    stack += missing
                else:
                    last = stack.pop()
                    self.converted.setdefault(last, self._convert(self.nodes[last]))
        return self.converted[name]

    def _dependencies(self, name: str) -> list[str]:
        inputs = [source.split(":")[0].lstrip("^") for source in self.nodes[name].get("input", [])]
        return [source for source in inputs if self.nodes[source]["op"] != "Const"]

    def _convert(self, node: JsonObject) -> str:
        operation = node["op"]
        if operation == "Placeholder":
            sizes = [int(dim["size"]) for dim in node["attr"]["shape"]["shape"]["dim"]]
            self.shape = (1, sizes[3], sizes[1], sizes[2])
            return "image"
        if operation in ELEMENTWISE_OPS:
            return self.graph.add_node(ELEMENTWISE_OPS[operation], *(self._operand(name) for name in node["input"]))
        method = getattr(self, f"_{operation.lstrip('_').lower()}", None)
        if method is None:
            raise ValueError(f"the model has an unknown operation: {operation}")
        return str(method(node))

    def _operand(self, name: str) -> str:
        if self.nodes[name.split(":", maxsplit=1)[0]]["op"] != "Const":
            return self.converted[name.split(":", maxsplit=1)[0]]
        value = self.weights[name]
        return self.graph.add_weight(value.reshape(-1, 1, 1) if value.ndim == 1 else _channels_first(value))

    def _identity(self, node: JsonObject) -> str:
        return self.converted[node["input"][0]]

    def _relu6(self, node: JsonObject) -> str:
        return self._clip(self.converted[node["input"][0]])

    def _clip(self, name: str) -> str:
        low, high = (self.graph.add_weight(np.array(limit, dtype=np.float32)) for limit in (0, 6))
        return self.graph.add_node("Clip", name, low, high)

    def _conv2d(self, node: JsonObject) -> str:
        kernel = self.weights[node["input"][1]].transpose(3, 2, 0, 1)
        return self._convolve(node, kernel, group=1)

    _fusedconv2d = _conv2d

    def _depthwiseconv2dnative(self, node: JsonObject) -> str:
        weights = self.weights[node["input"][1]]
        height, width, channels, times = weights.shape
        kernel = weights.transpose(2, 3, 0, 1).reshape(channels * times, 1, height, width)
        return self._convolve(node, kernel, group=channels)

    _fuseddepthwiseconv2dnative = _depthwiseconv2dnative

    def _convolve(self, node: JsonObject, kernel: NDArray[Any], group: int) -> str:
        fused_ops = [_decode_base64(item) for item in node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])]
        inputs = [self.converted[node["input"][0].split(":")[0]], self.graph.add_weight(np.ascontiguousarray(kernel))]
        if "BiasAdd" in fused_ops:
            inputs.append(self.graph.add_weight(self.weights[node["input"][2]]))
        strides = [int(step) for step in node["attr"]["strides"]["list"]["i"][1:3]]
        result = self.graph.add_node(
            "Conv", *inputs, auto_pad=_auto_pad(node), strides=strides, group=group, kernel_shape=list(kernel.shape[2:])
        )
        if "Relu6" in fused_ops:
            return self._clip(result)
        return self.graph.add_node("Relu", result) if "Relu" in fused_ops else result

    def _maxpool(self, node: JsonObject) -> str:
        sizes, steps = ([int(i) for i in node["attr"][key]["list"]["i"][1:3]] for key in ("ksize", "strides"))
        source = self.converted[node["input"][0]]
        return self.graph.add_node("MaxPool", source, auto_pad=_auto_pad(node), kernel_shape=sizes, strides=steps)

    def _mean(self, node: JsonObject) -> str:
        return self.graph.add_node("ReduceMean", self.converted[node["input"][0]], axes=[2, 3], keepdims=1)

    def _concatv2(self, node: JsonObject) -> str:
        axis = int(self.weights[node["input"][-1]])
        parts = [self.converted[name] for name in node["input"][:-1]]
        return self.graph.add_node("Concat", *parts, axis={3: 1, -1: -1}.get(axis, axis))

    def _resizebilinear(self, node: JsonObject) -> str:
        # In the models we use, every such node doubles the size.
        scales = self.graph.add_weight(np.array([1, 1, 2, 2], dtype=np.float32))
        source = self.converted[node["input"][0]]
        return self.graph.add_node(
            "Resize", source, "", scales, mode="linear", coordinate_transformation_mode="asymmetric"
        )

    def _pad(self, node: JsonObject) -> str:
        before, after = self.weights[node["input"][1]].T
        order = [0, 3, 1, 2]
        pads = self.graph.add_weight(np.concatenate([before[order], after[order]]).astype(np.int64))
        return self.graph.add_node("Pad", self.converted[node["input"][0]], pads)

    def _reshape(self, node: JsonObject) -> str:
        flat = self.graph.add_node("Transpose", self.converted[node["input"][0]], perm=[0, 2, 3, 1])
        shape = self.graph.add_weight(self.weights[node["input"][1]].astype(np.int64))
        return self.graph.add_node("Reshape", flat, shape)


def _channels_first(value: NDArray[Any]) -> NDArray[Any]:
    """A constant with its channels first, as in ONNX."""
    return value.transpose(0, 3, 1, 2) if value.ndim == 4 else value


def _auto_pad(node: JsonObject) -> str:
    """The padding of a convolution, in ONNX's terms."""
    return {"SAME": "SAME_UPPER", "VALID": "VALID"}[_decode_base64(node["attr"]["padding"]["s"])]


def _decode_base64(item: str) -> str:
    """A string of the file, in which strings are base64."""
    return base64.b64decode(item).decode()
