"""
Whether a photo is likely new, so that the index need not be asked for its document: creating its preview tells then.

To find out by its preview that it was indexed all along, its file has been read for nothing. So a photo that this
process has seen is asked for, and so are all others while what comes is found to be known, as where a host that forgot
what it had seen reports a whole library.
"""

from collections import OrderedDict

MAX_SEEN = 10_000  # the oldest are forgotten: their files would be read for nothing if they came again


class Novelty:
    """What one process knows of that."""

    def __init__(self) -> None:
        self._last_was_new = True
        self._seen = OrderedDict[str, None]()

    def is_likely(self, id_: str) -> bool:
        """Whether this photo is likely not indexed yet."""
        return self._last_was_new and id_ not in self._seen

    def note(self, id_: str, *, is_new: bool) -> None:
        """Remember a photo, and whether it was new."""
        self._last_was_new = is_new
        self._seen[id_] = None
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
