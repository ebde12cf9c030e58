"""The results of analysing an image: plain values, not yet in words."""

from dataclasses import dataclass
from typing import Literal

ImageKind = Literal["photo", "screenshot", "document", "graphic"]
BoundingBox = tuple[float, float, float, float]


@dataclass(frozen=True)
class PaletteColor:
    """A plain colour name and the share of the image that it covers, 0 to 1."""

    name: str
    share: float


@dataclass(frozen=True)
class TextLine:
    """A line of legible text with its confidence; `box` is left, top, right, bottom in 0 to 1."""

    text: str
    score: float
    box: BoundingBox


@dataclass(frozen=True)
class Detection:
    """A detected object or face with its confidence; `box` is left, top, right, bottom in 0 to 1."""

    label: str
    score: float
    box: BoundingBox

    @property
    def area(self) -> float:
        """The share of the image inside the box."""
        left, top, right, bottom = self.box
        return max(0.0, right - left) * max(0.0, bottom - top)


@dataclass(frozen=True)
class LightStatistics:
    """Brightness (mean luminance, 0 to 1) and how much colour there is."""

    brightness: float
    chroma: float

    @property
    def monochrome(self) -> bool:
        """Whether the image is black and white, or nearly so."""
        return self.chroma < 0.02


@dataclass(frozen=True)
class SceneAnalysis:
    """Everything measured in an image."""

    width: int
    height: int
    kind: ImageKind
    palette: tuple[PaletteColor, ...]
    light: LightStatistics
    text_lines: tuple[TextLine, ...] = ()
    detections: tuple[Detection, ...] = ()
    faces: tuple[Detection, ...] = ()
    sky_share: float = 0.0  # the share of the top of the image that looks like a daytime sky

    @property
    def orientation(self) -> str:
        """Landscape, portrait, square or panorama."""
        ratio = self.width / self.height
        if ratio > 2:
            return "panorama"
        if 0.95 < ratio < 1.05:
            return "square"
        return "landscape" if ratio > 1 else "portrait"
