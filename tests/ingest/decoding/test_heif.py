"""HEIC and AVIF."""

import pi_heif
import pytest

from ingest.decoding.heif import missing_bytes
from tests.ingest.decoding.files import encoded, halves, is_red_then_blue, prepared, refusal, textured


@pytest.mark.parametrize("format_", ["HEIF", "AVIF"])
def test_broken_metadata_costs_no_photo(format_: str) -> None:
    data = encoded(halves(), format_, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    assert b"II*\0\x08" in data

    for broken in (b"hello", b"II*\0\xff", b"MM\0*\x08"):
        assert is_red_then_blue(prepared(data.replace(b"II*\0\x08", broken)))


@pytest.mark.parametrize("format_", ["HEIF", "AVIF"])
def test_cut_files_are_cropped_or_refused(format_: str) -> None:
    data = encoded(textured(), format_, quality=90)

    assert 432 <= prepared(data[:-30]).height < 480
    assert "of the picture" in refusal(data[: len(data) * 2 // 3])
    assert refusal(data[: len(data) // 20])


@pytest.mark.parametrize("format_", ["HEIF", "AVIF"])
def test_trailing_bytes_cost_nothing(format_: str) -> None:
    assert prepared(encoded(halves(), format_) + b"\0" * 100).width == 400


def test_what_is_missing_is_told_by_the_last_box() -> None:
    whole = b"\0\0\0\x10ftypheic\0\0\0\0" + b"\0\0\0\x20mdat" + bytes(24)

    assert missing_bytes(whole) == 0
    assert missing_bytes(whole[:-10]) == 10
    assert missing_bytes(b"\xff\xff\xff\xffmdat" + bytes(10)) == 0


def test_each_photo_is_decoded_by_one_thread() -> None:
    assert pi_heif.options.DECODE_THREADS == 1  # more of them took 20 % more memory, and no less time in all
