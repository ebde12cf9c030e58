"""Types and names of originals, from what they are."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given, strategies as st

from ingest.decoding.media_types import MEDIA_TYPES, download_name, media_type, sniff_media_type
from ingest.decoding.sniff import EXTENSIONS, HEAD, PHOTO_EXTENSIONS

RUN_BY_BROWSERS = ("html", "xml", "svg", "javascript", "pdf", "text")
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("format_", [*EXTENSIONS, "nef", "psb", "", "html"])
def test_no_type_is_one_that_a_browser_runs(format_: str) -> None:
    assert not any(each in media_type(format_) for each in RUN_BY_BROWSERS)
    assert set(MEDIA_TYPES) <= set(EXTENSIONS)


@given(name=st.text(max_size=40), format_=st.sampled_from([*EXTENSIONS, "nef", "psb", "", "html"]))
def test_a_file_is_saved_with_an_extension_of_its_format(name: str, format_: str) -> None:
    saved = download_name(f"folder/{name}", format_)

    assert saved.lower().endswith((*EXTENSIONS.get(format_, PHOTO_EXTENSIONS), ".bin"))
    assert not set('/\\<>:"|?*\r\n\u202e') & set(saved)


@pytest.mark.parametrize(
    ("path", "format_", "saved"),
    [
        ("a/b/IMG_1.JPG", "jpeg", "IMG_1.JPG"),
        ("Zürich am See.heic", "heif", "Zürich am See.heic"),
        ("x.html", "jpeg", "x.html.jpg"),
        ("holiday\u202egpj.exe", "png", "holiday_gpj.exe.png"),
        ("a.jpg.", "jpeg", "a.jpg..jpg"),
        ("folder/", "jpeg", "photo.jpg"),
    ],
)
def test_names_stay_where_they_do_no_harm(path: str, format_: str, saved: str) -> None:
    assert download_name(path, format_) == saved


@pytest.mark.parametrize("size", [1, 7, 1000, HEAD, HEAD + 1, 10**6])
async def test_all_bytes_pass_however_they_arrive(size: int) -> None:
    for data in (b"", b"x", JPEG, JPEG * 2000):
        type_, chunks = await sniff_media_type(pieces(data, size), "x.html")

        assert b"".join([chunk async for chunk in chunks]) == data
        assert type_ == ("image/jpeg" if data.startswith(JPEG) else "application/octet-stream")
