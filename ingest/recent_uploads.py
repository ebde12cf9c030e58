"""The uploads that one process has seen, so that the ticket and the event of each make a single attempt."""

from collections import OrderedDict

MAX_UPLOADS = 10_000  # the oldest are forgotten: their photos would be found unchanged


class RecentUploads:
    """The versions of uploads whose first attempt was made or is being made."""

    def __init__(self) -> None:
        self._versions = OrderedDict[str, None]()

    def claim(self, version: str) -> bool:
        """Take the first attempt at a version; False if somebody has."""
        if version in self._versions:
            return False
        self._versions[version] = None
        if len(self._versions) > MAX_UPLOADS:
            self._versions.popitem(last=False)
        return True

    def release(self, version: str) -> None:
        """Give it back."""
        self._versions.pop(version, None)
