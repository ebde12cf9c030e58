"""The size that an SVG states, in CSS pixels."""

import re

LARGEST_SIDE = 100_000
DEFAULT_SIZE = (300, 150)  # of CSS, for drawings that state none
ROOT = re.compile(r"<(?:\w+:)?svg\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""(?:^|\s)(width|height|viewBox)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
LENGTH = re.compile(r"\s*\+?(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,2}))?\s*(px|pt|pc|mm|cm|in|em|ex|)\s*$")
UNITS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "ex": 8}


def stated_size(text: bytes) -> tuple[int, int]:
    """Width and height as the drawing states them, or as its view box has them."""
    head = text[:65_536]
    root = ROOT.search(head.decode("utf-16" if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace"))
    stated = {name: one or other for name, one, other in ATTRIBUTE.findall(root[1])} if root else {}
    width, height = _length(stated.get("width", "")), _length(stated.get("height", ""))
    box = [_length(each) for each in re.split(r"[\s,]+", stated.get("viewBox", "").strip())[2:4]]
    wide, high = (box[0], box[1]) if len(box) == 2 and box[0] and box[1] else (0.0, 0.0)
    if wide:
        width, height = _completed(width, height, wide / high)
        width, height = width or wide, height or high
    width, height = width or DEFAULT_SIZE[0], height or DEFAULT_SIZE[1]
    scale = min(1.0, LARGEST_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _completed(width: float, height: float, ratio: float) -> tuple[float, float]:
    """The side that is missing follows from the other."""
    if width and not height:
        return width, width / ratio
    return (height * ratio, height) if height and not width else (width, height)


def _length(text: str) -> float:
    match = LENGTH.match(text)
    return float(f"{match[1]}e{match[2] or 0}") * UNITS[match[3]] if match else 0.0
