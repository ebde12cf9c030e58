"""Pixels of any mode into an upright sRGB picture of at most a given side."""

import io

from PIL import Image as Pillow, ImageCms

from ingest.decoding.picture_file import Pixels

SRGB = ImageCms.createProfile("sRGB")
THINNED = 4  # times the preview's side: still sixteen pixels for each of its own
TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}  # orientations in EXIF that swap width and height


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as people see them."""
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def upright(pixels: Pixels, orientation: int, side: int) -> Pillow.Image:
    """The picture in sRGB on white, turned as EXIF says, its longer side at most `side` pixels."""
    small = _srgb(_shrunk(pixels.picture, side), pixels.profile)
    turn = TURNS.get(orientation)
    return small if turn is None else small.transpose(turn)


def _shrunk(picture: Pillow.Image, side: int) -> Pillow.Image:
    # Every other step makes copies: what is far too large is thinned out first, and then shrunk smoothly.
    picture = resized(picture, THINNED * side, Pillow.Resampling.NEAREST)
    if picture.mode in {"P", "PA", "1"}:  # palettes cannot be averaged
        clear = picture.info.get("transparency") is not None or picture.mode == "PA"
        picture = picture.convert("RGBA" if clear else "RGB")
    elif picture.mode.startswith("I") or picture.mode == "F":
        picture = _eight_bit(picture)
    return resized(picture, side, Pillow.Resampling.LANCZOS)


def resized(picture: Pillow.Image, side: int, how: Pillow.Resampling) -> Pillow.Image:
    """A picture whose longer side is at most `side`."""
    scale = side / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, how, reducing_gap=None if how == Pillow.Resampling.NEAREST else 3.0)


def _eight_bit(picture: Pillow.Image) -> Pillow.Image:
    """Sixteen-bit and float greys, stretched over what they use: Pillow would clip them at 255."""
    wide = picture.convert("F")
    low, high = wide.getextrema()
    span = float(high) - float(low) or 1.0  # type: ignore[arg-type]  # one band: two numbers
    return wide.point(lambda value: value * (255 / span) - float(low) * 255 / span).convert("L")  # type: ignore[arg-type]


def _srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    if "A" in picture.getbands() or picture.info.get("transparency") is not None:
        on_white = Pillow.new("RGBA", picture.size, "white")
        on_white.alpha_composite(picture.convert("RGBA"))
        picture = on_white.convert("RGB")
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            managed = ImageCms.profileToProfile(picture, embedded, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            managed = None  # odd profiles are common and the plain colours are close enough
        if managed:
            return managed
    return picture if picture.mode == "RGB" else picture.convert("RGB")
