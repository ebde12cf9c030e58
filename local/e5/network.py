"""
E5-small as an ONNX graph: a BERT of twelve layers whose mean is the vector.

The weights have four bits, and eight-bit arithmetic does them justice, which processors are fastest at. Seven of the
eight are used, as the sums overflow on processors without VNNI otherwise. What goes into the last matrix of a layer is
wide apart: its numbers keep their blocks, each with a scale of its own.
"""

import numpy as np
from numpy.typing import NDArray

from local.e5.weights import BLOCK, E5Weights, dequantize, unpack_nibbles
from local.onnx import MICROSOFT_DOMAIN, OnnxGraph

MAX_QUANTIZED = 63  # of seven bits, one of them the sign


def build_network(weights: E5Weights) -> bytes:
    """A model from "embedded" (1, tokens, width), words and positions added up, to their mean (1, width)."""
    graph = OnnxGraph()
    last = TransformerLayer(graph, weights, "emb.").layer_norm("embedded", "ln")
    for number in range(weights.layers):
        last = TransformerLayer(graph, weights, f"l{number}.").apply(last)
    mean = graph.add_node("ReduceMean", last, axes=[1], keepdims=0)
    return graph.serialize({"embedded": (1, "tokens", weights.width)}, [mean])


class TransformerLayer:
    """One layer in the making; its weights have names that begin with `prefix`."""

    def __init__(self, graph: OnnxGraph, weights: E5Weights, prefix: str) -> None:
        self.graph, self.packed, self.prefix = graph, weights, prefix

    def apply(self, source: str) -> str:
        """Attention, then two matrices with GELU between, each added to what came in."""
        add = self.graph.add_node
        query, key, value = (self.dense(source, name) for name in "qkv")
        heads = add("MultiHeadAttention", query, key, value, domain=MICROSOFT_DOMAIN, num_heads=self.packed.heads)
        middle = self.layer_norm(add("Add", source, self.dense(heads, "ao")), "aln")
        inner = add("Gelu", self.dense(middle, "fi"), domain=MICROSOFT_DOMAIN)
        return self.layer_norm(add("Add", middle, self.blockwise_dense(inner, "fo")), "oln")

    def layer_norm(self, source: str, name: str) -> str:
        scale, shift = (self.graph.add_weight(self.floats(f"{name}.{part}")) for part in "wb")
        return self.graph.add_node("LayerNormalization", source, scale, shift, epsilon=self.packed.epsilon)

    def dense(self, source: str, name: str) -> str:
        """A matrix with a scale for each output, and its bias."""
        bias = self.floats(f"{name}.b")
        values = dequantize(self.blocks(name, len(bias))).T
        scale = np.abs(values).max(axis=0) / MAX_QUANTIZED
        quantized = np.rint(values / scale).astype(np.int8)
        zero = np.zeros(len(bias), np.int8)
        inputs = [self.graph.add_weight(each) for each in (quantized, scale, zero, bias)]
        return self.graph.add_node("DynamicQuantizeMatMul", source, *inputs, domain=MICROSOFT_DOMAIN)

    def blockwise_dense(self, source: str, name: str) -> str:
        """A matrix in its blocks as they are, and its bias."""
        bias = self.floats(f"{name}.b")
        blocks = self.blocks(name, len(bias))
        nibbles = unpack_nibbles(blocks)
        pairs = nibbles[..., 0::2] | nibbles[..., 1::2] << 4  # neighbours share a byte here
        scales = blocks["scale"].astype(np.float32).reshape(-1)
        product = self.graph.add_node(
            "MatMulNBits", source, self.graph.add_weight(pairs), self.graph.add_weight(scales), domain=MICROSOFT_DOMAIN,
            K=blocks.shape[1] * BLOCK, N=len(bias), bits=4, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self.graph.add_node("Add", product, self.graph.add_weight(bias))

    def floats(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self.packed.tensors[self.prefix + name])

    def blocks(self, name: str, rows: int) -> NDArray[np.void]:
        return np.asarray(self.packed.tensors[f"{self.prefix}{name}.w"].reshape(rows, -1))
