"""TensorFlow.js graph models (a JSON file and weights beside it) turned into ONNX, channels first."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.onnx import Graph

JsonObject = dict[str, Any]
ACTIVATIONS = {"Relu": "Relu", "Relu6": "Relu6"}
PLAIN = {"Mul": "Mul", "Add": "Add", "AddV2": "Add", "Sub": "Sub", "Relu": "Relu", "Sigmoid": "Sigmoid"}


def convert(path: Path, outputs: list[str]) -> bytes:
    """
    The part of a graph model that leads to `outputs`, as ONNX.

    Pictures go in as floats of shape (1, channels, height, width), under the
    name "image"; the outputs have their channels first too, unless the model
    itself flattens them.
    """
    described = json.loads(path.read_text())
    return _Conversion(described, read_weights(described, path.parent)).model(outputs)


def read_weights(described: JsonObject, folder: Path) -> dict[str, NDArray[Any]]:
    """The model's constants by name."""
    found: dict[str, NDArray[Any]] = {}
    for group in described["weightsManifest"]:
        data, start = b"".join((folder / name).read_bytes() for name in group["paths"]), 0
        for entry in group["weights"]:
            stored = entry.get("quantization", entry)["dtype"]
            kind = np.dtype({"float16": "<f2", "float32": "<f4", "int32": "<i4"}[stored])
            count = int(np.prod(entry["shape"]))
            found[entry["name"]] = np.frombuffer(data, kind, count, start).reshape(entry["shape"])
            start += count * kind.itemsize
    return found


class _Conversion:
    """One graph on its way; `made` maps the model's names to ours."""

    def __init__(self, described: JsonObject, weights: dict[str, NDArray[Any]]) -> None:
        self.nodes = {node["name"]: node for node in described["modelTopology"]["node"]}
        self.weights = weights
        self.graph = Graph()
        self.made: dict[str, str] = {}
        self.shape: tuple[int, ...] = ()

    def model(self, outputs: list[str]) -> bytes:
        ends = [self.value(name) for name in outputs]
        return self.graph.model({"image": self.shape}, ends)

    def value(self, name: str) -> str:
        """Our name for one of the model's values, converted with everything before it."""
        name = name.split(":", maxsplit=1)[0]
        if name not in self.made:
            # Depth first, without recursion: some graphs are hundreds of nodes deep.
            waiting = [name]
            while waiting:
                needed = [one for one in self._before(waiting[-1]) if one not in self.made]
                if needed:
                    waiting += needed
                else:
                    last = waiting.pop()
                    self.made.setdefault(last, self._convert(self.nodes[last]))
        return self.made[name]

    def _before(self, name: str) -> list[str]:
        inputs = [one.split(":")[0].lstrip("^") for one in self.nodes[name].get("input", [])]
        return [one for one in inputs if self.nodes[one]["op"] != "Const"]

    def _convert(self, node: JsonObject) -> str:
        kind = node["op"]
        if kind == "Placeholder":
            sizes = [int(dim["size"]) for dim in node["attr"]["shape"]["shape"]["dim"]]
            self.shape = (1, sizes[3], sizes[1], sizes[2])
            return "image"
        if kind in PLAIN:
            return self.graph.add(PLAIN[kind], *(self._operand(name) for name in node["input"]))
        maker = getattr(self, f"_{kind.lstrip('_').lower()}", None)
        if maker is None:
            raise ValueError(f"the model has an operation that is not known: {kind}")
        return str(maker(node))

    def _operand(self, name: str) -> str:
        if self.nodes[name.split(":", maxsplit=1)[0]]["op"] != "Const":
            return self.made[name.split(":", maxsplit=1)[0]]
        value = self.weights[name]
        return self.graph.weight(value.reshape(-1, 1, 1) if value.ndim == 1 else channels_first(value))

    def _identity(self, node: JsonObject) -> str:
        return self.made[node["input"][0]]

    def _relu6(self, node: JsonObject) -> str:
        return self._clip(self.made[node["input"][0]])

    def _clip(self, name: str) -> str:
        low, high = (self.graph.weight(np.array(limit, dtype=np.float32)) for limit in (0, 6))
        return self.graph.add("Clip", name, low, high)

    def _conv2d(self, node: JsonObject) -> str:
        kernel = self.weights[node["input"][1]].transpose(3, 2, 0, 1)
        return self._convolve(node, kernel, group=1)

    _fusedconv2d = _conv2d

    def _depthwiseconv2dnative(self, node: JsonObject) -> str:
        stored = self.weights[node["input"][1]]
        height, width, channels, times = stored.shape
        kernel = stored.transpose(2, 3, 0, 1).reshape(channels * times, 1, height, width)
        return self._convolve(node, kernel, group=channels)

    _fuseddepthwiseconv2dnative = _depthwiseconv2dnative

    def _convolve(self, node: JsonObject, kernel: NDArray[Any], group: int) -> str:
        fused = [decoded(item) for item in node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])]
        inputs = [self.made[node["input"][0].split(":")[0]], self.graph.weight(np.ascontiguousarray(kernel))]
        if "BiasAdd" in fused:
            inputs.append(self.graph.weight(self.weights[node["input"][2]]))
        strides = [int(step) for step in node["attr"]["strides"]["list"]["i"][1:3]]
        result = self.graph.add(
            "Conv", *inputs, auto_pad=padding(node), strides=strides, group=group, kernel_shape=list(kernel.shape[2:])
        )
        if "Relu6" in fused:
            return self._clip(result)
        return self.graph.add("Relu", result) if "Relu" in fused else result

    def _maxpool(self, node: JsonObject) -> str:
        sizes, steps = ([int(i) for i in node["attr"][key]["list"]["i"][1:3]] for key in ("ksize", "strides"))
        given = self.made[node["input"][0]]
        return self.graph.add("MaxPool", given, auto_pad=padding(node), kernel_shape=sizes, strides=steps)

    def _mean(self, node: JsonObject) -> str:
        return self.graph.add("ReduceMean", self.made[node["input"][0]], axes=[2, 3], keepdims=1)

    def _concatv2(self, node: JsonObject) -> str:
        axis = int(self.weights[node["input"][-1]])
        parts = [self.made[name] for name in node["input"][:-1]]
        return self.graph.add("Concat", *parts, axis={3: 1, -1: -1}.get(axis, axis))

    def _resizebilinear(self, node: JsonObject) -> str:
        # Every such node of the models in use doubles the size.
        scales = self.graph.weight(np.array([1, 1, 2, 2], dtype=np.float32))
        given = self.made[node["input"][0]]
        return self.graph.add("Resize", given, "", scales, mode="linear", coordinate_transformation_mode="asymmetric")

    def _pad(self, node: JsonObject) -> str:
        before, after = self.weights[node["input"][1]].T
        order = [0, 3, 1, 2]
        pads = self.graph.weight(np.concatenate([before[order], after[order]]).astype(np.int64))
        return self.graph.add("Pad", self.made[node["input"][0]], pads)

    def _reshape(self, node: JsonObject) -> str:
        flat = self.graph.add("Transpose", self.made[node["input"][0]], perm=[0, 2, 3, 1])
        shape = self.graph.weight(self.weights[node["input"][1]].astype(np.int64))
        return self.graph.add("Reshape", flat, shape)


def channels_first(value: NDArray[Any]) -> NDArray[Any]:
    """A constant with its channels where ours are."""
    return value.transpose(0, 3, 1, 2) if value.ndim == 4 else value


def padding(node: JsonObject) -> str:
    """How a convolution pads, in ONNX's words."""
    return {"SAME": "SAME_UPPER", "VALID": "VALID"}[decoded(node["attr"]["padding"]["s"])]


def decoded(item: str) -> str:
    """A text of the file, which holds them in base64."""
    return base64.b64decode(item).decode()
