"""EfficientNet-Lite as an ONNX graph, built from its published weights."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.onnx import OnnxGraph

Weights = dict[str, NDArray[Any]]
# The stride of the first block of each stage. A stage is a sequence of blocks of the same width.
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
EPSILON = 1e-3


def build_efficientnet_lite(weights: Weights, side: int) -> bytes:
    """A model from "image" (1, 3, side, side) to 1,000 unscaled scores, and to the features they are made of."""
    graph = OnnxGraph()
    last = _conv_with_batch_norm(graph, "image", weights, "_conv_stem", "_bn0", stride=2)
    stage, width = -1, 0
    count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("_blocks"))
    for number in range(count):
        block = f"_blocks.{number}."
        block_width = weights[f"{block}_project_conv.weight"].shape[0]
        stride = 1
        if block_width != width:
            stage, width = stage + 1, block_width
            stride = STAGE_STRIDES[stage]
        last = _inverted_bottleneck(graph, last, weights, block, stride)
    last = _conv_with_batch_norm(graph, last, weights, "_conv_head", "_bn1")
    pooled = graph.add_node("Flatten", graph.add_node("GlobalAveragePool", last), axis=1)
    constants = (graph.add_weight(weights[f"_fc.{part}"]) for part in ("weight", "bias"))
    scores = graph.add_node("Gemm", pooled, *constants, transB=1)
    return graph.serialize({"image": (1, 3, side, side)}, [scores, pooled])


def _inverted_bottleneck(graph: OnnxGraph, source: str, weights: Weights, block: str, stride: int) -> str:
    """An inverted bottleneck: expand, filter each channel, project, and add the input."""
    output = source
    if f"{block}_expand_conv.weight" in weights:
        output = _conv_with_batch_norm(graph, output, weights, f"{block}_expand_conv", f"{block}_bn0")
    output = _conv_with_batch_norm(graph, output, weights, f"{block}_depthwise_conv", f"{block}_bn1", stride=stride)
    output = _conv_with_batch_norm(graph, output, weights, f"{block}_project_conv", f"{block}_bn2", relu6=False)
    first = weights.get(f"{block}_expand_conv.weight", weights[f"{block}_depthwise_conv.weight"])
    width = first.shape[1] if f"{block}_expand_conv.weight" in weights else first.shape[0]
    has_shortcut = stride == 1 and width == weights[f"{block}_project_conv.weight"].shape[0]
    return graph.add_node("Add", output, source) if has_shortcut else output


def _conv_with_batch_norm(
    graph: OnnxGraph, source: str, weights: Weights, conv: str, norm: str, *, stride: int = 1, relu6: bool = True
) -> str:
    """A convolution with its batch norm folded in, followed by ReLU6 unless `relu6` is false."""
    kernel, bias = _fold_batch_norm(weights, conv, norm)
    group = kernel.shape[0] if kernel.shape[1] == 1 and conv.endswith("_depthwise_conv") else 1
    inputs = (source, graph.add_weight(kernel), graph.add_weight(bias))
    convolved = graph.add_node(
        "Conv", *inputs, auto_pad="SAME_UPPER", strides=[stride] * 2, group=group, kernel_shape=list(kernel.shape[2:])
    )
    if not relu6:
        return convolved
    low, high = (graph.add_weight(np.array(limit, dtype=np.float32)) for limit in (0, 6))
    return graph.add_node("Clip", convolved, low, high)


def _fold_batch_norm(weights: Weights, conv: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The kernel and bias that combine a convolution and its batch norm."""
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return weights[f"{conv}.weight"] * scale.reshape(-1, 1, 1, 1), bias
