"""Reads PyTorch weights in the format before version 1.6, without PyTorch and without running code from the file."""

import pickle  # nosec: only the names below are ever looked up
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

STORAGE_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _TensorUnpickler(pickle.Unpickler):
    """An unpickler that accepts dictionaries, tensors and two types of storage, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return _tensor_layout
        if module == "torch" and name in STORAGE_DTYPES:
            return STORAGE_DTYPES[name]
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        return pid[1], pid[2]  # the type of storage, and its key


def _tensor_layout(
    storage: tuple[np.dtype[Any], str], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *rest: object
) -> Any:
    """The layout of a tensor in the file: its storage, offset, shape and strides."""
    return storage, offset, shape, strides


def read_torch_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Read the tensors of a file, by name."""
    with path.open("rb") as file:
        for _ in range(3):  # a magic number, the version, and facts about the machine that wrote it
            _TensorUnpickler(file).load()
        layouts: dict[str, Any] = _TensorUnpickler(file).load()
        order: list[str] = _TensorUnpickler(file).load()
        dtypes = {key: dtype for (dtype, key), *_ in layouts.values()}
        storages = {key: _read_storage(file, dtypes[key]) for key in order}
    return {name: _slice_tensor(storages[storage_ref[1]], *rest) for name, (storage_ref, *rest) in layouts.items()}


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read the next storage of the file: its length, then its numbers."""
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


def _slice_tensor(numbers: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> NDArray[Any]:
    """Copy a tensor out of its storage, in C order."""
    byte_strides = tuple(stride * numbers.itemsize for stride in strides)
    return np.ascontiguousarray(as_strided(numbers[offset:], shape, byte_strides, writeable=False))
