"""What a file is, told by its first bytes; its name counts only where a format has no signature."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.decoding.byte_source import Data
from ingest.decoding.tiff_directory import is_raw_tiff
from shared.errors import BadPhoto

HEAD = 65_536  # bytes that are enough to tell what a file is

RAW_KINDS = {
    ".cr2": "cr2", ".cr3": "cr3", ".nef": "nef", ".nrw": "nef", ".arw": "arw", ".sr2": "arw", ".raf": "raf",
    ".dng": "dng", ".orf": "orf", ".rw2": "rw2", ".pef": "pef", ".srw": "srw", ".crw": "crw", ".mrw": "mrw",
    ".x3f": "x3f", ".3fr": "3fr", ".iiq": "iiq", ".erf": "erf", ".rwl": "rw2",
}  # fmt: skip
EXTENSIONS = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "png": (".png", ".apng"),
    "webp": (".webp",),
    "gif": (".gif",),
    "tiff": (".tif", ".tiff"),
    "bmp": (".bmp", ".dib"),
    "heif": (".heic", ".heif", ".hif"),
    "avif": (".avif",),
    "jpeg2000": (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"),
    "ico": (".ico", ".cur"),
    "tga": (".tga", ".icb", ".vda", ".vst"),
    "psd": (".psd", ".psb"),
    "svg": (".svg", ".svgz"),
}
PHOTO_EXTENSIONS = tuple(each for kind in EXTENSIONS.values() for each in kind) + tuple(RAW_KINDS)
LARGE_EXTENSIONS = (*RAW_KINDS, *EXTENSIONS["psd"], *EXTENSIONS["tiff"])  # of kinds that are large by nature
# What a page's file picker offers: browsers know the ordinary kinds by type, the others by extension alone.
PICKER_ACCEPTS = ("image/*", *PHOTO_EXTENSIONS)

VIDEO = "videos are not supported"
AUDIO = "this is a sound recording, not an image"
OFFICE = "this is an office document, not an image: export its pictures as JPEG or PNG"
POSTSCRIPT = "this is a PostScript or Illustrator file: export a JPEG, PNG or SVG"
NETPBM = "this is a Netpbm image (PBM, PGM, PPM or PAM): export a JPEG or PNG"
PCX = "this is a PCX image: export a JPEG or PNG"
SGI = "this is a Silicon Graphics image: export a JPEG or PNG"
EMPTY = "the file is empty"
UNKNOWN = (
    "the file is not an image we can read (JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC, AVIF, JPEG 2000, ICO, TGA, "
    "Photoshop, SVG, or a camera's raw file)"
)
VIDEO_EXTENSIONS = (
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".3gp", ".3g2", ".wmv", ".mts", ".m2ts",
    ".flv", ".ogv", ".vob",
)  # fmt: skip

# By the first bytes. Kinds that are refused carry their sentence.
SIGNATURES: Sequence[tuple[bytes, str]] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"8BPS", "psd"),
    (b"FUJIFILMCCD-RAW", "raf"),
    (b"IIRO", "orf"),
    (b"IIRS", "orf"),
    (b"MMOR", "orf"),
    (b"IIU\0", "rw2"),
    (b"\0MRM", "mrw"),
    (b"FOVb", "x3f"),
)
REFUSED: Sequence[tuple[bytes, str]] = (
    (b"\x1aE\xdf\xa3", VIDEO),
    (b"\0\0\x01\xba", VIDEO),
    (b"\0\0\x01\xb3", VIDEO),
    (b"FLV\x01", VIDEO),
    (b"0&\xb2u\x8ef\xcf\x11", "this is a Windows Media file: videos are not supported"),
    (b"OggS", AUDIO),
    (b"ID3", AUDIO),
    (b"fLaC", AUDIO),
    (b"MThd", AUDIO),
    (b"#!AMR", AUDIO),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
    (b"%!PS", POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (b"gimp xcf ", "this is a GIMP project: export a JPEG or PNG from it"),
    (b"AT&TFORM", "this is a DjVu document: export its pages as JPEG or PNG"),
    (b"\xff\x0a", "this is a JPEG XL file, which is not supported yet: export a JPEG"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "this is a JPEG XL file, which is not supported yet: export a JPEG"),
    (b"v/1\x01", "this is an OpenEXR file: export a JPEG or PNG"),
    (b"#?RADIANCE", "this is a Radiance HDR file: export a JPEG or PNG"),
    (b"DDS ", "this is a DirectDraw texture: export a JPEG or PNG"),
    (b"SIMPLE  =", "this is a FITS file: export a JPEG or PNG"),
    (b"DICM", "this is a DICOM file: export a JPEG or PNG"),
    (b"icns", "this is a Mac icon file: export a PNG"),
    (b"\xd7\xcd\xc6\x9a", "this is a Windows metafile: export a PNG or SVG"),
    (b"7z\xbc\xaf'\x1c", "this is an archive: unpack it and add the photos in it"),
    (b"Rar!\x1a\x07", "this is an archive: unpack it and add the photos in it"),
    (b"BZh", "this is an archive: unpack it and add the photos in it"),
    (b"\xfd7zXZ\0", "this is an archive: unpack it and add the photos in it"),
    *((b"P%d%c" % (number, blank), NETPBM) for number in range(1, 8) for blank in b"\n\r"),
    *((bytes([10, version, 1]), PCX) for version in (0, 2, 3, 4, 5)),
    *((bytes([0x01, 0xDA, packed]), SGI) for packed in (0, 1)),
    (b"qoif", "this is a QOI image: export a JPEG or PNG"),
    (b"id=ImageMagick", "this is an ImageMagick MIFF file: export a JPEG or PNG"),
    (b"\xff\x01Exiv2", "this is a file of metadata by Exiv2, without a picture"),
    (b"SQLite format 3\0", "this is a database, not an image"),
    (b"MZ", "this is a program, not an image"),
    (b"\x7fELF", "this is a program, not an image"),
)
ARCHIVE = "this is a ZIP archive: unpack it and add the photos in it"
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2", b"heif"}
AVIF_BRANDS = {b"avif", b"avis"}
AUDIO_BRANDS = {b"M4A ", b"M4B ", b"F4A ", b"F4B ", b"aax "}
VIDEO_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # QuickTime files older than `ftyp`
MARKUP = re.compile(rb"<(?:\w+:)?svg[\s>/]", re.IGNORECASE)
PAGE = re.compile(rb"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True)
class FileKind:
    """What a file is: the kind we read it as, or the sentence why we do not."""

    name: str = ""
    refusal: str = ""

    @property
    def is_raw(self) -> bool:
        return self.name in RAW_KINDS.values()


def recognize(data: Data, name: str = "") -> FileKind:
    """Tell what a file is. `data` may be its first HEAD bytes, except for raw files whose directory is at the end."""
    head = bytes(data[:HEAD])
    if not head:
        return FileKind(refusal=EMPTY)
    return _by_signature(head) or _by_container(head, data, name) or _by_text(head) or _without_signature(data, name)


def require_picture(data: Data, name: str = "") -> FileKind:
    """As `recognize`; BadPhoto where the file is nothing that we read."""
    kind = recognize(data, name)
    if kind.refusal:
        raise BadPhoto(kind.refusal)
    return kind


def is_video(data: Data, name: str = "") -> bool:
    """Whether a file is a video; its name counts only where its bytes say nothing."""
    kind = recognize(data, name)
    return VIDEO in kind.refusal or (not kind.name and kind.refusal == UNKNOWN and _ends(name, VIDEO_EXTENSIONS))


def is_quicktime(head: bytes) -> bool:
    """Whether a video is QuickTime, as Apple's cameras write it, told by its first bytes."""
    return head[4:12] == b"ftypqt  " or head[4:8] in VIDEO_BOXES


def is_large_kind(data: Data, name: str = "") -> bool:
    """Whether files of this kind are large by nature: raw, Photoshop and TIFF."""
    kind = recognize(data, name)
    return kind.is_raw or kind.name in {"psd", "tiff"}


def is_large_name(name: str) -> bool:
    """As `is_large_kind`, where only the name is known yet."""
    return _ends(name, LARGE_EXTENSIONS)


def _by_signature(head: bytes) -> FileKind | None:
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return FileKind(kind)
    for signature, refusal in REFUSED:
        if head.startswith(signature):
            return FileKind(refusal=refusal)
    return None


def _by_container(head: bytes, data: Data, name: str) -> FileKind | None:
    if head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return FileKind(_tiff_kind(head, data, name))
    if head[:4] == b"RIFF":
        return _riff_kind(head)
    if head[4:8] == b"ftyp" or head[4:8] in VIDEO_BOXES:
        return _base_media_kind(head)
    if head[:2] == b"BM" and (12 <= int.from_bytes(head[14:18], "little") <= 124 or head[6:10] == bytes(4)):
        return FileKind("bmp")
    if head[:4] in {b"\0\0\x01\0", b"\0\0\x02\0"} and 0 < int.from_bytes(head[4:6], "little") < 1000:
        return FileKind("ico")
    if head[6:14] == b"HEAPCCDR":
        return FileKind("crw")
    if head[:4] == b"PK\x03\x04":
        return FileKind(refusal=OFFICE if _is_office(head) else ARCHIVE)
    if head[:2] == b"\x1f\x8b":
        return FileKind("svg") if _ends(name, (".svgz", ".svg")) else FileKind(refusal="this is an archive: unpack it")
    if b"%PDF-" in head[:1024]:
        return FileKind(refusal="this is a PDF")
    if head[0] == 0xFF and head[1:2] in {b"\xfb", b"\xf3", b"\xf2", b"\xfa", b"\xf1", b"\xf9"}:
        return FileKind(refusal=AUDIO)
    if head[0] == 0x47 and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return FileKind(refusal=VIDEO)  # an MPEG transport stream
    return None


def _tiff_kind(head: bytes, data: Data, name: str) -> str:
    if head[8:10] == b"CR":
        return "cr2"
    extension = RAW_KINDS.get(_extension(name))
    if not is_raw_tiff(data):
        return extension or "tiff"
    return extension or "dng"


def _riff_kind(head: bytes) -> FileKind | None:
    if head[8:12] == b"WEBP":
        return FileKind("webp")
    return FileKind(refusal=VIDEO if head[8:12] == b"AVI " else AUDIO if head[8:12] == b"WAVE" else UNKNOWN)


def _base_media_kind(head: bytes) -> FileKind:
    if head[4:8] != b"ftyp":
        return FileKind(refusal=VIDEO)
    size = int.from_bytes(head[:4], "big")
    major, brands = head[8:12], {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
    if major == b"crx ":
        return FileKind("cr3")
    if major in AVIF_BRANDS or (major in {b"mif1", b"msf1"} and brands & AVIF_BRANDS):
        return FileKind("avif")
    if major in HEIF_BRANDS:
        return FileKind("heif")
    if major in AUDIO_BRANDS:
        return FileKind(refusal=AUDIO)
    return FileKind("heif") if brands & {b"heic", b"heix"} else FileKind(refusal=VIDEO)


def _is_office(head: bytes) -> bool:
    return any(
        mark in head for mark in (b"[Content_Types].xml", b"mimetypeapplication/vnd.", b"word/", b"ppt/", b"xl/")
    )


def _by_text(head: bytes) -> FileKind | None:
    """SVG, a web page, or words; None where the bytes are no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: len(head) & ~1].decode("utf-16", "replace").encode()
    if b"\0" in head[:1024]:
        return None
    start = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if PAGE.match(start):
        return FileKind(refusal="this is a web page, not an image")
    if start.startswith(b"<") and MARKUP.search(head):
        return FileKind("svg")
    if start.startswith((b"<?xml", b"<x:xmpmeta", b"<")):
        return FileKind(refusal="this is an XML file, not an image")
    odd = sum(1 for byte in head[:4096] if byte < 32 and byte not in b"\t\r\n\f\x1b")
    return None if odd else FileKind(refusal="this is a text file, not an image") if _is_utf8(head) else None


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start >= HEAD - 4  # a character that the end of the head cuts
    return True


def _without_signature(data: Data, name: str) -> FileKind:
    """Targa by its footer or its name, and raw files by their name."""
    if bytes(data[-18:]).startswith(b"TRUEVISION-XFILE"):
        return FileKind("tga")
    if _ends(name, EXTENSIONS["tga"]) and _may_be_tga(bytes(data[:18])):
        return FileKind("tga")
    if _ends(name, VIDEO_EXTENSIONS):
        return FileKind(refusal=VIDEO)
    if raw := RAW_KINDS.get(_extension(name)):
        return FileKind(raw)
    return FileKind(refusal=UNKNOWN)


def _may_be_tga(head: bytes) -> bool:
    return (
        len(head) == 18 and head[1] in {0, 1} and head[2] in {1, 2, 3, 9, 10, 11} and head[16] in {1, 8, 15, 16, 24, 32}
    )


def _ends(name: str, extensions: Sequence[str]) -> bool:
    return name.lower().endswith(tuple(extensions))


def _extension(name: str) -> str:
    _, dot, extension = name.rpartition("/")[2].rpartition(".")
    return f".{extension.lower()}" if dot else ""
