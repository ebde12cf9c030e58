"""
E5-small as an ONNX graph: a BERT of twelve layers whose mean is the vector.

The weights have four bits, and eight-bit arithmetic does them justice, which processors are fastest at. Seven of the
eight are used, as the sums overflow on processors without VNNI otherwise. What goes into the last matrix of a layer is
wide apart: its numbers keep their blocks, each with a scale of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from local.e5.packed import BLOCK, Packed, floats_of, numbers
from local.onnx import EXTRA, Graph

LARGEST = 63  # of seven bits, one of them the sign


def network(packed: Packed) -> bytes:
    """A model from "embedded" (1, tokens, width), words and positions added up, to their mean (1, width)."""
    graph = Graph()
    last = Layer(graph, packed, "emb.").norm("embedded", "ln")
    for number in range(packed.layers):
        last = Layer(graph, packed, f"l{number}.").through(last)
    mean = graph.add("ReduceMean", last, axes=[1], keepdims=0)
    return graph.model({"embedded": (1, "tokens", packed.width)}, [mean])


class Layer:
    """One layer in the making; its weights have names that begin with `prefix`."""

    def __init__(self, graph: Graph, packed: Packed, prefix: str) -> None:
        self.graph, self.packed, self.prefix = graph, packed, prefix

    def through(self, given: str) -> str:
        """Attention, then two matrices with GELU between, each added to what came in."""
        add = self.graph.add
        query, key, value = (self.dense(given, name) for name in "qkv")
        heads = add("MultiHeadAttention", query, key, value, domain=EXTRA, num_heads=self.packed.heads)
        middle = self.norm(add("Add", given, self.dense(heads, "ao")), "aln")
        inner = add("Gelu", self.dense(middle, "fi"), domain=EXTRA)
        return self.norm(add("Add", middle, self.blockwise(inner, "fo")), "oln")

    def norm(self, given: str, name: str) -> str:
        scale, shift = (self.graph.weight(self.floats(f"{name}.{part}")) for part in "wb")
        return self.graph.add("LayerNormalization", given, scale, shift, epsilon=self.packed.epsilon)

    def dense(self, given: str, name: str) -> str:
        """A matrix with a scale for each output, and its bias."""
        bias = self.floats(f"{name}.b")
        values = floats_of(self.blocks(name, len(bias))).T
        scale = np.abs(values).max(axis=0) / LARGEST
        whole = np.rint(values / scale).astype(np.int8)
        zero = np.zeros(len(bias), np.int8)
        weights = [self.graph.weight(each) for each in (whole, scale, zero, bias)]
        return self.graph.add("DynamicQuantizeMatMul", given, *weights, domain=EXTRA)

    def blockwise(self, given: str, name: str) -> str:
        """A matrix in its blocks as they are, and its bias."""
        bias = self.floats(f"{name}.b")
        blocks = self.blocks(name, len(bias))
        stored = numbers(blocks)
        pairs = stored[..., 0::2] | stored[..., 1::2] << 4  # neighbours share a byte here
        scales = blocks["scale"].astype(np.float32).reshape(-1)
        made = self.graph.add(
            "MatMulNBits", given, self.graph.weight(pairs), self.graph.weight(scales), domain=EXTRA,
            K=blocks.shape[1] * BLOCK, N=len(bias), bits=4, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self.graph.add("Add", made, self.graph.weight(bias))

    def floats(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self.packed.tensors[self.prefix + name])

    def blocks(self, name: str, rows: int) -> NDArray[np.void]:
        return np.asarray(self.packed.tensors[f"{self.prefix}{name}.w"].reshape(rows, -1))
