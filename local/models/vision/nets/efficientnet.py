"""EfficientNet-Lite as an ONNX graph, built around its published weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.onnx import Graph

Weights = dict[str, NDArray[Any]]
# The first block of each stage halves the picture or not; a stage is a run of blocks of equal width.
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
EPSILON = 1e-3


def efficientnet_lite(weights: Weights, side: int) -> bytes:
    """A model from "image" (1, 3, side, side) to 1,000 unscaled scores."""
    graph = Graph()
    last = normed_conv(graph, "image", weights, "_conv_stem", "_bn0", stride=2)
    stage, width = -1, 0
    count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("_blocks"))
    for number in range(count):
        block = f"_blocks.{number}."
        wide = weights[f"{block}_project_conv.weight"].shape[0]
        stride = 1
        if wide != width:
            stage, width = stage + 1, wide
            stride = STAGE_STRIDES[stage]
        last = bottleneck(graph, last, weights, block, stride)
    last = normed_conv(graph, last, weights, "_conv_head", "_bn1")
    pooled = graph.add("Flatten", graph.add("GlobalAveragePool", last), axis=1)
    names = (graph.weight(weights[f"_fc.{part}"]) for part in ("weight", "bias"))
    return graph.model({"image": (1, 3, side, side)}, [graph.add("Gemm", pooled, *names, transB=1)])


def bottleneck(graph: Graph, given: str, weights: Weights, block: str, stride: int) -> str:
    """One inverted bottleneck: widen, filter each channel, narrow, and add what came in."""
    inside = given
    if f"{block}_expand_conv.weight" in weights:
        inside = normed_conv(graph, inside, weights, f"{block}_expand_conv", f"{block}_bn0")
    inside = normed_conv(graph, inside, weights, f"{block}_depthwise_conv", f"{block}_bn1", stride=stride)
    inside = normed_conv(graph, inside, weights, f"{block}_project_conv", f"{block}_bn2", clipped=False)
    first = weights.get(f"{block}_expand_conv.weight", weights[f"{block}_depthwise_conv.weight"])
    width = first.shape[1] if f"{block}_expand_conv.weight" in weights else first.shape[0]
    same = stride == 1 and width == weights[f"{block}_project_conv.weight"].shape[0]
    return graph.add("Add", inside, given) if same else inside


def normed_conv(
    graph: Graph, given: str, weights: Weights, conv: str, norm: str, *, stride: int = 1, clipped: bool = True
) -> str:
    """A convolution with its batch norm folded in, then ReLU6."""
    kernel, bias = folded(weights, conv, norm)
    group = kernel.shape[0] if kernel.shape[1] == 1 and conv.endswith("_depthwise_conv") else 1
    inputs = (given, graph.weight(kernel), graph.weight(bias))
    made = graph.add(
        "Conv", *inputs, auto_pad="SAME_UPPER", strides=[stride] * 2, group=group, kernel_shape=list(kernel.shape[2:])
    )
    if not clipped:
        return made
    low, high = (graph.weight(np.array(limit, dtype=np.float32)) for limit in (0, 6))
    return graph.add("Clip", made, low, high)


def folded(weights: Weights, conv: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Kernel and bias that do a convolution and its batch norm in one."""
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return weights[f"{conv}.weight"] * scale.reshape(-1, 1, 1, 1), bias
