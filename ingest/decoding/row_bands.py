"""A large picture put together from bands of rows that are shrunk one by one, in little memory."""

from PIL import Image as Pillow

from ingest.decoding.missing_rows import NEARLY_NOTHING
from ingest.decoding.picture_file import Pixels
from shared.errors import BadPhoto

SPARE = 2  # times the side asked for: the last step then averages four pixels, and shows no seams
BAND_BYTES = 8_000_000


class BandedPicture:
    """Takes bands from top to bottom, each `band` rows high but the last, and reduces them by a whole factor."""

    def __init__(self, size: tuple[int, int], side: int) -> None:
        self.size = size
        self.factor = max(1, max(size) // (SPARE * side))
        rows = max(1, BAND_BYTES // (4 * size[0]))
        self.band = max(self.factor, rows // self.factor * self.factor)
        self._parts: list[Pillow.Image] = []
        self._rows = 0

    def add(self, part: Pillow.Image) -> None:
        """Add the next band, in a mode that can be averaged."""
        self._rows += part.height
        self._parts.append(part.reduce(self.factor) if self.factor > 1 else part.copy())

    def pixels(self, profile: bytes | None) -> Pixels:
        """What was added, as one picture."""
        if not self._parts:
            raise BadPhoto(NEARLY_NOTHING)
        height = sum(part.height for part in self._parts)
        whole = Pillow.new(self._parts[0].mode, (self._parts[0].width, height))
        top = 0
        for part in self._parts:
            whole.paste(part, (0, top))
            top += part.height
        return Pixels(picture=whole, profile=profile, last=self._rows / self.size[1])
