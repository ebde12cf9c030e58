"""How large a file may be, and what is said about one that is larger."""

from typing import Any

import pytest

from ingest.decoding.size_limits import check_http_upload, size_limit, upload_limit
from shared.errors import BadPhoto
from shared.settings import Settings


def settings(**values: Any) -> Settings:
    return Settings.model_construct(**{"max_photo_bytes": 50_000_000, "max_raw_bytes": 250_000_000, **values})


def test_raw_photoshop_and_tiff_files_may_be_larger() -> None:
    assert upload_limit("a/DSC_1.NEF", settings()).bytes == 250_000_000
    assert upload_limit("a.tif", settings()).setting == "MAX_RAW_BYTES"
    assert upload_limit("a.jpg", settings()).bytes == 50_000_000
    assert size_limit(settings(max_raw_bytes=10), large=True).bytes == 50_000_000


def test_a_file_over_its_limit_is_told_both_sizes_and_the_setting() -> None:
    upload_limit("a.jpg", settings()).check(50_000_000)

    with pytest.raises(BadPhoto, match=r"60 MB, more than the limit of 50 MB \(MAX_PHOTO_BYTES\)"):
        upload_limit("a.jpg", settings()).check(60_000_000)


def test_an_upload_over_what_http_takes_is_told_the_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000")
    check_http_upload(None)
    check_http_upload(1000)

    with pytest.raises(BadPhoto, match=r"ingest import FOLDER.*Storage Explorer"):
        check_http_upload(1001)
