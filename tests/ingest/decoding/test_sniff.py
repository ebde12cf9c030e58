"""Kinds are told by their bytes; what we do not read is refused by name."""

import io
import zipfile

import pytest

from ingest.decoding.sniff import PHOTO_EXTENSIONS, PICKER_ACCEPTS, is_large_kind, is_large_name, is_video, recognize
from tests.ingest.decoding.files import RAW_KINDS, encoded, halves, psd, raw, textured


def box(kind: bytes, *brands: bytes) -> bytes:
    body = kind + bytes(4) + b"".join(brands)
    return (len(body) + 8).to_bytes(4, "big") + b"ftyp" + body + bytes(64)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("format_", "kind"),
    [
        ("JPEG", "jpeg"),
        ("MPO", "jpeg"),
        ("PNG", "png"),
        ("WEBP", "webp"),
        ("GIF", "gif"),
        ("TIFF", "tiff"),
        ("BMP", "bmp"),
        ("HEIF", "heif"),
        ("AVIF", "avif"),
        ("JPEG2000", "jpeg2000"),
        ("ICO", "ico"),
        ("TGA", "tga"),
    ],
)
def test_pictures_are_told_by_their_bytes(format_: str, kind: str) -> None:
    assert recognize(encoded(halves((64, 64)), format_), "no_extension").name == kind


@pytest.mark.parametrize("kind", RAW_KINDS)
def test_raw_files_are_told_from_tiffs(kind: str) -> None:
    found = recognize(raw(kind, encoded(textured())), f"DSC_1.{kind.upper()}")

    assert found.name == kind
    assert found.is_raw


def test_photoshop_and_svg_are_told_by_their_bytes() -> None:
    assert recognize(psd([bytes(4)] * 3, (2, 2))).name == "psd"
    assert (
        recognize(b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"/>').name == "svg"
    )
    assert recognize('\ufeff<svg xmlns="http://www.w3.org/2000/svg"/>'.encode("utf-16-le")).name == "svg"


def test_targa_without_a_footer_is_told_by_its_name() -> None:
    old = encoded(halves((64, 64)), "TGA")[:-26]

    assert recognize(old, "old.tga").name == "tga"
    assert recognize(old, "old").refusal


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.jpg", "the file is empty"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + bytes(200), "clip.mov", "videos are not supported"),
        (box(b"isom", b"isom", b"mp41"), "a.mp4", "videos are not supported"),
        (box(b"3gp4", b"3gp4"), "a.3gp", "videos are not supported"),
        (b"\0\0\0\x08wide\0\0\0\x08mdat" + bytes(40), "old.mov", "videos are not supported"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(40), "a.avi", "videos are not supported"),
        (b"\x1aE\xdf\xa3" + bytes(40), "a.webm", "videos are not supported"),
        (b"\0\0\x01\xba" + bytes(40), "a.mpg", "videos are not supported"),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9" + bytes(40), "a.wmv", "videos are not supported"),
        (b"%PDF-1.7 and so on", "a.jpg", "this is a PDF"),
        (b"\xef\xbb\xbf\n%PDF-1.4", "a.pdf", "this is a PDF"),
        (archive("a.jpg"), "a.zip", "ZIP archive"),
        (archive("[Content_Types].xml", "word/document.xml"), "a.docx", "office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "office document"),
        (b"<!DOCTYPE html><html></html>", "a.jpg", "web page"),
        (b"  \n<HTML><body></body>", "a.jpg", "web page"),
        (b"<rss></rss>", "a.xml", "XML file"),
        (b"hello, I am text", "a.jpg", "text file"),
        ("grüße".encode(), "a.jpg", "text file"),
        (b"ID3\x04" + bytes(40), "a.mp3", "sound recording"),
        (b"OggS" + bytes(40), "a.ogg", "sound recording"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "sound recording"),
        (box(b"M4A ", b"M4A "), "a.m4a", "sound recording"),
        (b"gimp xcf v011" + bytes(40), "a.xcf", "GIMP"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a.eps", "PostScript"),
        (b"AT&TFORM\0\0\0\0DJVU", "a.djvu", "DjVu"),
        (b"\xff\x0a" + bytes(40), "a.jxl", "JPEG XL"),
        (encoded(halves(), "PPM"), "a.ppm", "Netpbm"),
        (encoded(halves().convert("1"), "PPM"), "a.pbm", "Netpbm"),
        (b"P3\n2 1\n255\n255 0 0 0 0 255\n", "a.jpg", "Netpbm"),
        (encoded(halves(), "PCX"), "a.pcx", "PCX"),
        (encoded(halves(), "SGI"), "a.sgi", "Silicon Graphics"),
        (b"qoif\0\0\0\2\0\0\0\1\3\0", "a.qoi", "QOI"),
        (b"id=ImageMagick  version=1.0\n", "a.miff", "MIFF"),
        (b"\xff\x01Exiv2" + bytes(40), "a.exv", "without a picture"),
        (b"BLP2" + bytes(280), "a.jpg", "not an image we can read"),
        (bytes(100_000), "a.jpg", "not an image we can read"),
        (b"\0\5\x16\7" + bytes(100), "._DSC_1.jpg", "not an image we can read"),
    ],
)
def test_what_is_refused_by_kind_is_refused_by_name(data: bytes, name: str, words: str) -> None:
    found = recognize(data, name)

    assert not found.name
    assert words in found.refusal


def test_videos_are_known_by_bytes_and_else_by_name() -> None:
    assert is_video(box(b"qt  ", b"qt  "), "IMG_1.jpg")
    assert is_video(b"\xde\xad\xbe\xef" + bytes(100), "IMG_1.MOV")
    assert not is_video(encoded(halves()), "IMG_1.mov")
    assert not is_video(b"hello", "a.txt")


def test_only_raw_photoshop_and_tiff_files_are_large_by_nature() -> None:
    assert is_large_kind(encoded(halves(), "TIFF"))
    assert is_large_kind(raw("raf", b""), "a.raf")
    assert not is_large_kind(encoded(halves()), "a.tif")
    assert is_large_name("trip/DSC_1.NEF")
    assert is_large_name("poster.psb")
    assert not is_large_name("a.jpg")


def test_the_file_picker_offers_every_kind() -> None:
    assert {"image/*", ".cr3", ".psd", ".heic", ".svg", ".tga"} <= set(PICKER_ACCEPTS)
    assert all(each.startswith(".") and each == each.lower() for each in PHOTO_EXTENSIONS)
