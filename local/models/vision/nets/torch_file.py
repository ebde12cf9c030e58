"""Reading a PyTorch weights file of the format before 1.6, without PyTorch and without running what is in it."""

from __future__ import annotations

import pickle  # nosec: only the names below are ever looked up
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Reader(pickle.Unpickler):
    """An unpickler that knows dictionaries, tensors and two kinds of storage, and refuses all else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return tensor
        if module == "torch" and name in KINDS:
            return KINDS[name]
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        return pid[1], pid[2]  # the kind of storage, and its key


def tensor(
    storage: tuple[np.dtype[Any], str], start: int, size: tuple[int, ...], steps: tuple[int, ...], *rest: object
) -> Any:
    """A tensor as it stands in the file: where its numbers are, its shape, and the steps between its rows."""
    return storage, start, size, steps


def read_torch(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a file by name."""
    with path.open("rb") as file:
        for _ in range(3):  # a magic number, the version, and facts about the machine that wrote it
            _Reader(file).load()
        described: dict[str, Any] = _Reader(file).load()
        order: list[str] = _Reader(file).load()
        kinds = {key: kind for (kind, key), *_ in described.values()}
        stored = {key: storage(file, kinds[key]) for key in order}
    return {name: cut(stored[place[1]], *rest) for name, (place, *rest) in described.items()}


def storage(file: BinaryIO, kind: np.dtype[Any]) -> NDArray[Any]:
    """The next storage of the file: its length, then its numbers."""
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * kind.itemsize), kind)


def cut(numbers: NDArray[Any], start: int, size: tuple[int, ...], steps: tuple[int, ...]) -> NDArray[Any]:
    """A tensor out of its storage, its numbers in their usual order."""
    strides = tuple(step * numbers.itemsize for step in steps)
    return np.ascontiguousarray(as_strided(numbers[start:], size, strides, writeable=False))
