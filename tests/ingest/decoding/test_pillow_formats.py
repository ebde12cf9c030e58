"""GIF, BMP, ICO and Targa."""

import pytest
from PIL import Image as Pillow

from tests.ingest.decoding.files import encoded, halves, is_red_then_blue, prepared, preview, refusal, textured


@pytest.mark.parametrize("format_", ["GIF", "BMP", "TGA", "DIB"])
def test_simple_formats_are_read(format_: str) -> None:
    name = f"a.{format_.lower()}"
    data = encoded(halves(), "BMP" if format_ == "DIB" else format_)

    assert is_red_then_blue(prepared(data, name))


def test_the_largest_icon_counts() -> None:
    image = prepared(encoded(halves((256, 256)), "ICO", sizes=[(16, 16), (256, 256), (48, 48)]), "a.ico")

    assert image.width == 256


def test_an_old_targa_without_footer_is_read_by_its_name() -> None:
    assert is_red_then_blue(prepared(encoded(halves(), "TGA")[:-26], "old.TGA"))


def test_a_bitmap_that_lacks_its_first_rows_says_so() -> None:
    data = encoded(textured(), "BMP")

    assert refusal(data[: len(data) * 2 // 3]) == "the first third of the picture is missing"
    assert 432 <= prepared(data[: int(len(data) * 0.95)]).height < 480


def test_the_first_frame_counts_and_a_broken_later_one_costs_nothing() -> None:
    frames = [halves(), halves().rotate(180), textured(400, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert is_red_then_blue(prepared(data))
    assert is_red_then_blue(prepared(data[:-200]))


def test_an_interlaced_gif_cut_in_a_late_pass_is_whole() -> None:
    data = encoded(textured(), "GIF")

    image = prepared(data[: int(len(data) * 0.6)])

    assert (image.width, image.height) == (640, 480)
    assert preview(image).size == (320, 240)


def test_clear_parts_of_a_gif_become_white() -> None:
    clear = Pillow.new("P", (40, 20), 0)
    clear.putpalette([255, 0, 0, 0, 0, 255])

    assert preview(prepared(encoded(clear, "GIF", transparency=0))).getpixel((5, 5)) == (255, 255, 255)
