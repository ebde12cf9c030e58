"""A file's bytes, in memory or mapped from disk, and streams over a part of them that copy nothing."""

import io
import mmap
from typing import BinaryIO

Data = bytes | mmap.mmap


class _View(io.RawIOBase):
    def __init__(self, view: memoryview) -> None:
        self._view, self._position = view, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._view)}[whence]
        if start + offset < 0:
            raise OSError("seek before the start")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer)  # type: ignore[arg-type]  # whatever BufferedReader hands us is a buffer
        part = self._view[self._position : self._position + len(target)]
        target[: len(part)] = part
        self._position += len(part)
        return len(part)


def stream(data: Data | memoryview) -> BinaryIO:
    """A stream over the bytes."""
    return io.BytesIO(data) if isinstance(data, bytes) else io.BufferedReader(_View(memoryview(data)), 65_536)
