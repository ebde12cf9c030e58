"""The disk for temporary files, which may be full."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import DiskFull

FULL = {errno.ENOSPC, errno.EDQUOT}
# Where no file can be written at all, Python's tempfile finds no folder for them.
NO_FOLDER = "No usable temporary directory"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Write so many bytes to a temporary file; DiskFull says so in words if there is no room for them."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL and NO_FOLDER not in str(error):
            raise
        raise DiskFull(
            f"the disk for temporary files is full: this photo needs {size:,} bytes there. Make room, or set TMPDIR to "
            "a folder on a larger disk; the photo is tried again"
        ) from error
