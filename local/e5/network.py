"""
E5-small as an ONNX graph: a BERT of twelve layers whose mean is the vector.

The weights have four bits. Eight-bit arithmetic is fastest and precise enough for them; only seven of the eight bits
are used, because the sums would overflow on processors without VNNI. The inputs of the last matrix of a layer vary
widely, so that matrix keeps its four-bit blocks, each with its own scale.
"""

import numpy as np
from numpy.typing import NDArray

from local.e5.weights import BLOCK, E5Weights, dequantize, unpack_nibbles
from local.onnx import MICROSOFT_DOMAIN, OnnxGraph

MAX_QUANTIZED = 63  # seven bits, one of them for the sign


def build_network(weights: E5Weights) -> bytes:
    """A model from "embedded" (1, tokens, width), the sum of word and position embeddings, to the mean (1, width)."""
    graph = OnnxGraph()
    last = TransformerLayer(graph, weights, "emb.").layer_norm("embedded", "ln")
    for number in range(weights.layers):
        last = TransformerLayer(graph, weights, f"l{number}.").apply(last)
    mean = graph.add_node("ReduceMean", last, axes=[1], keepdims=0)
    return graph.serialize({"embedded": (1, "tokens", weights.width)}, [mean])


class TransformerLayer:
    """Adds one layer to a graph; the names of its weights begin with `prefix`."""

    def __init__(self, graph: OnnxGraph, weights: E5Weights, prefix: str) -> None:
        self.graph, self.weights, self.prefix = graph, weights, prefix

    def apply(self, source: str) -> str:
        """Attention, then two matrices with GELU between them; each is added to its input."""
        add = self.graph.add_node
        query, key, value = (self.dense(source, name) for name in "qkv")
        heads = add("MultiHeadAttention", query, key, value, domain=MICROSOFT_DOMAIN, num_heads=self.weights.heads)
        middle = self.layer_norm(add("Add", source, self.dense(heads, "ao")), "aln")
        inner = add("Gelu", self.dense(middle, "fi"), domain=MICROSOFT_DOMAIN)
        return self.layer_norm(add("Add", middle, self.blockwise_dense(inner, "fo")), "oln")

    def layer_norm(self, source: str, name: str) -> str:
        scale, shift = (self.graph.add_weight(self.floats(f"{name}.{part}")) for part in "wb")
        return self.graph.add_node("LayerNormalization", source, scale, shift, epsilon=self.weights.epsilon)

    def dense(self, source: str, name: str) -> str:
        """A matrix in eight bits, with a scale for each output, and its bias."""
        bias = self.floats(f"{name}.b")
        values = dequantize(self.blocks(name, len(bias))).T
        scale = np.abs(values).max(axis=0) / MAX_QUANTIZED
        quantized = np.rint(values / scale).astype(np.int8)
        zero = np.zeros(len(bias), np.int8)
        inputs = [self.graph.add_weight(array) for array in (quantized, scale, zero, bias)]
        return self.graph.add_node("DynamicQuantizeMatMul", source, *inputs, domain=MICROSOFT_DOMAIN)

    def blockwise_dense(self, source: str, name: str) -> str:
        """A matrix in its four-bit blocks, and its bias."""
        bias = self.floats(f"{name}.b")
        blocks = self.blocks(name, len(bias))
        nibbles = unpack_nibbles(blocks)
        pairs = nibbles[..., 0::2] | nibbles[..., 1::2] << 4  # neighbours share a byte in ONNX
        scales = blocks["scale"].astype(np.float32).reshape(-1)
        product = self.graph.add_node(
            "MatMulNBits", source, self.graph.add_weight(pairs), self.graph.add_weight(scales), domain=MICROSOFT_DOMAIN,
            K=blocks.shape[1] * BLOCK, N=len(bias), bits=4, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self.graph.add_node("Add", product, self.graph.add_weight(bias))

    def floats(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self.weights.tensors[self.prefix + name])

    def blocks(self, name: str, rows: int) -> NDArray[np.void]:
        return np.asarray(self.weights.tensors[f"{self.prefix}{name}.w"].reshape(rows, -1))
