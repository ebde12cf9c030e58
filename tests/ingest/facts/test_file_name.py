"""Names that hold a time, and names that only seem to."""

import pytest
from hypothesis import given, strategies as st

from ingest.facts.file_name import moment_of

TIME, DAY = "2024-05-01 10:11:12", "2024-05-01"
NAMES = {
    "PXL_20240607_101112345.jpg": "2024-06-07 10:11:12",
    "20240513101112.jpg": "2024-05-13 10:11:12",
    "DJI_20240507101112_0001_D.JPG": "2024-05-07 10:11:12",
    "IMG-20240501-WA0003.jpg": DAY,
    "WhatsApp Image 2024-05-01 at 10.11.12.jpeg": TIME,
    "WhatsApp Image 2024-05-01 at 10.11.12 (1).jpeg": TIME,
    "WhatsApp Image 2024-05-01 at 10.11.12 PM.jpeg": "2024-05-01 22:11:12",
    "Screenshot_20240501-101112.png": TIME,
    "Screenshot_20240501-101112_WhatsApp.jpg": TIME,
    "Screenshot_2024-05-01-10-11-12-345_com.whatsapp.jpg": TIME,
    "Screenshot_20240501_101112.png": TIME,
    "Screenshot from 2024-05-01 10-11-12.png": TIME,
    "Screenshot 2024-05-01 at 10.11.12 PM.png": "2024-05-01 22:11:12",
    "Screenshot 2024-05-01 at 10.11.12\u202fPM.png": "2024-05-01 22:11:12",
    "Screen Shot 2024-05-01 at 9.05.03 AM.png": "2024-05-01 09:05:03",
    "Screenshot 2024-05-01 at 12.05.03 AM.png": "2024-05-01 00:05:03",
    "Screenshot 2024-05-01 at 12.05.03 PM.png": "2024-05-01 12:05:03",
    "Bildschirmfoto 2024-05-01 um 10.11.12.png": TIME,
    "Capture d\u2019\xe9cran 2024-05-01 \xe0 10.11.12.png": TIME,
    "signal-2024-05-01-101112.jpg": TIME,
    "signal-2024-05-01-10-11-12-345.jpg": TIME,
    "photo_2024-05-01_10-11-12.jpg": TIME,
    "photo_2024-05-01_10-11-12 (2).jpg": TIME,
    "VID_20240501_101112.jpg": TIME,
    "MVIMG_20240501_101112.jpg": TIME,
    "2024-05-01 10.11.12.jpg": TIME,
    "2024-05-01 10.11.12-1.jpg": TIME,
    "IMG_1714558272000.jpg": TIME,
    "FB_IMG_1714558272000.jpg": TIME,
    "mmexport1714558272000.jpg": TIME,
    "wx_camera_1714558272000.jpg": TIME,
    "1714558272000.jpg": TIME,
    "IMG_1714558272000_1.jpg": TIME,
    "Scan2024-05-01.jpg": DAY,
    "Scan2024-05-01_101112.pdf.jpg": TIME,
    "Scan_20240501.jpg": DAY,
    "Scan_20240501 (2).jpg": DAY,
    "SCN_20240501.tif": DAY,
    "img20240501_10111234.jpg": TIME,
    "20240501_101112(0).jpg": TIME,
    "20240501_101112_HDR.jpg": TIME,
    "20240501_101112~2.jpg": TIME,
    "IMG_20240501_101112.jpg": TIME,
    "IMG20240501101112.jpg": TIME,
    "P20240501_101112.jpg": TIME,
    "WP_20240501_10_11_12_Pro.jpg": TIME,
    "WIN_20240501_10_11_12_Pro.jpg": TIME,
    "00100lPORTRAIT_00100_BURST20240501101112345_COVER.jpg": TIME,
    "PANO_20240501_101112.vr.jpg": TIME,
    "C360_2024-05-01-10-11-12-345.jpg": TIME,
    "IMG_20240501_101112_00_001.jpg": TIME,
    "PXL_20240501_101112345.MP.jpg": TIME,
    "PXL_20240501_101112345.PORTRAIT-01.jpg": TIME,
    "PXL_20240501_101112345~2.jpg": TIME,
    "2024-05-01T10-11-12Z.jpg": TIME,
    "2024-05-01T10:11:12.jpg": TIME,
    "2024-05-01T101112.jpg": TIME,
    "20240501T101112.jpg": TIME,
    "20240501T101112Z.jpg": TIME,
    "2024_05_01_10_11_12.jpg": TIME,
    "2024.05.01 10.11.12.jpg": TIME,
    "2024-05-01 holiday.jpg": DAY,
    "2024-05-01_holiday_003.jpg": DAY,
    "20240501 holiday.jpg": DAY,
    "holiday 2024-05-01.jpg": DAY,
    "2024-05-01.jpg": DAY,
    "20240501.jpg": DAY,
    "2024-05-01 (3).jpg": DAY,
    "2024-05-01-0001.jpg": DAY,
    "20240501_0001.jpg": DAY,
    "01.05.2024.jpg": DAY,
    "01.05.2024 10.11.12.jpg": TIME,
    "Foto 01.05.2024, 10 11 12.jpg": TIME,
    "2024-05-01 22.11.12.heic": "2024-05-01 22:11:12",
    "Photo 2024-05-01 10 11 12.jpg": TIME,
    "1895-07-03 portrait.jpg": "1895-07-03",
    "Snapchat-20240501-101112.jpg": TIME,
    "Snapseed_20240501101112.jpg": TIME,
    "trip/2019/IMG_20240501_101112.jpg": TIME,
    "20240501-20240507 trip.jpg": DAY,
    "Screenshot 2024-05-01 at 10.11.png": "2024-05-01 10:11",
    "IMG_20240501_101112_BURST001_COVER.jpg": TIME,
    "Collage 2024-05-01 10_11_12.jpg": TIME,
    "VideoCapture_20240501-101112.jpg": TIME,
    "InShot_20240501_101112345.jpg": TIME,
    "LRM_EXPORT_20240501_101112.jpg": TIME,
    "LRM_EXPORT_1234567890123_20240501_101112345.jpeg": TIME,
    "Burst_Cover_GIF_Action_20240501101112.gif": TIME,
    "AirBrush_20240501101112.jpg": TIME,
    "DJI_20240501_101112_123.jpg": TIME,
    "IMG_20240501_101112_1714558272345.jpg": TIME,
    "received_20240501.jpeg": DAY,
    "20240501_101112_001_saved.jpg": TIME,
    "dji_fly_20240501_101112_123_1714558272345_photo.jpg": TIME,
    "CamScanner 01.05.2024 10.11.12.jpg": TIME,
    "Camera_20240501.jpg": DAY,
    "Dashcam 2024-05-01 10-11-12 F.jpg": TIME,
}

NO_TIMES = [
    "IMG_0310.jpg",
    "DSC_0046.jpg",
    "P1010012.jpg",
    "12345678.jpg",
    "1920x1080.jpg",
    "wallpaper 1920x1080.jpg",
    "2048x1536.jpg",
    "20001500.jpg",
    "4006381333931.jpg",
    "EAN 4006381333931.jpg",
    "9783161484100.jpg",
    "978-3-16-148410-0.jpg",
    "+491712024050.jpg",
    "0049 2024 0501 12.jpg",
    "+49-2024-0501-12.jpg",
    "d41d8cd98f00b204e9800998ecf8427e.jpg",
    "20240501a3f5b6c7d8e9f001.jpg",
    "a20240501f3c5b6c7d8e9f001.jpg",
    "20240101-1234-4abc-8def-0123456789ab.jpg",
    "550e8400-e29b-41d4-a716-446655440000.jpg",
    "version 2.0.2024.jpg",
    "192.168.10.20.jpg",
    "3.14159265.jpg",
    "Article 20241399.jpg",
    "20240230.jpg",
    "2024-13-01.jpg",
    "99991231.jpg",
    "29991231_101112.jpg",
    "18240101.jpg",
    "18251231 old.jpg",
    "received_1234567890123456.jpeg",
    "IMG_1234567890.jpg",
    "2024.jpg",
    "1969 moon.jpg",
    "2010-2015.jpg",
    "IMG_20150.jpg",
    "0123456789.jpg",
    "120240501.jpg",
    "2024050112.jpg",
    "202405011.jpg",
    "20240501101.jpg",
    "2024050110111.jpg",
    "IMG_9999999999999.jpg",
    "1234567890123.jpg",
    "9780201310054.jpg",
    "5012345678900.jpg",
    "invoice 2024-0501.jpg",
    "15-20240501-77.jpg",
    "part 20240501-1234-5678.jpg",
    "123e4567e89b12d3a456426614174000.jpg",
    "scan 800x600 20.jpg",
    "DSC20240.jpg",
    "IMG_E1234.JPG",
    "GOPR0123.JPG",
    "_MG_2024.CR2",
    "R0012345.jpg",
    "20x30.jpg",
    "DSC02024.ARW",
    "image0501.jpg",
    "4000x3000_300dpi.png",
    "2560\xd71440.png",
    "19201080.jpg",
]


def text_of(name: str) -> str | None:
    result = moment_of(name)
    if not result:
        return None
    return f"{result.local}"[: {"day": 10, "minute": 16}.get(result.precision, 19)]


@pytest.mark.parametrize(("name", "time"), NAMES.items())
def test_a_name_tells_when(name: str, time: str) -> None:
    assert text_of(name) == time


@pytest.mark.parametrize("name", NO_TIMES)
def test_what_only_looks_like_a_time_is_none(name: str) -> None:
    assert text_of(name) is None


def test_milliseconds_since_1970_are_an_instant_and_no_wall_clock() -> None:
    result = moment_of("IMG_1714558272000.jpg")

    assert result
    assert (result.instant, result.zone) == (True, "+00:00")


def test_only_the_name_counts_and_not_its_folder() -> None:
    assert text_of("2019-01-01/lake.jpg") is None


@given(st.text(max_size=200) | st.from_regex(r"[0-9A-Za-z_\-. ]{0,60}", fullmatch=True))
def test_any_name_has_an_answer(name: str) -> None:
    moment_of(name)
