"""What was measured in one picture: plain values, no words yet."""

from dataclasses import dataclass
from typing import Literal

ImageKind = Literal["photo", "screenshot", "document", "graphic"]
BoundingBox = tuple[float, float, float, float]


@dataclass(frozen=True)
class PaletteColor:
    """A plain colour name and the share of the picture it covers, 0 to 1."""

    name: str
    share: float


@dataclass(frozen=True)
class TextLine:
    """A line of legible text; `score` is the confidence, `box` left, top, right, bottom in 0 to 1."""

    text: str
    score: float
    box: BoundingBox


@dataclass(frozen=True)
class Detection:
    """An object or face that was found; `box` is left, top, right, bottom in 0 to 1."""

    label: str
    score: float
    box: BoundingBox

    @property
    def area(self) -> float:
        """The share of the picture inside the box."""
        left, top, right, bottom = self.box
        return max(0.0, right - left) * max(0.0, bottom - top)


@dataclass(frozen=True)
class LightStatistics:
    """Brightness and contrast (mean and spread of luminance, 0 to 1), and how much colour there is."""

    brightness: float
    contrast: float
    chroma: float

    @property
    def monochrome(self) -> bool:
        """Black-and-white, or as good as."""
        return self.chroma < 0.02


@dataclass(frozen=True)
class SceneAnalysis:
    """Everything measured in a picture."""

    width: int
    height: int
    kind: ImageKind
    palette: tuple[PaletteColor, ...]
    light: LightStatistics
    text_lines: tuple[TextLine, ...] = ()
    detections: tuple[Detection, ...] = ()
    faces: tuple[Detection, ...] = ()
    sky_share: float = 0.0  # the share of the top that looks like a daytime sky

    @property
    def orientation(self) -> str:
        """Orientation: landscape, portrait, square or panorama."""
        ratio = self.width / self.height
        if ratio > 2:
            return "panorama"
        if 0.95 < ratio < 1.05:
            return "square"
        return "landscape" if ratio > 1 else "portrait"
