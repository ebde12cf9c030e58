"""What an import takes is counted from the files, before anything is uploaded."""

from pathlib import Path

import pytest
from PIL import Image

from ingest.import_estimate import ImportEstimate, estimate_import
from tests.ingest.fakes import Fakes, fakes


def folder_of_photos(folder: Path) -> Path:
    for name, size, color in (("a.jpg", (4032, 3024), "red"), ("b.png", (512, 384), "blue")):
        Image.new("RGB", size, color).save(folder / name)
    (folder / "copies").mkdir()
    (folder / "copies" / "a.jpg").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "a.jpg.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    (folder / "notes.txt").write_text("no photo")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    return folder


def using(caption: str, embedding: str) -> Fakes:
    world = fakes()
    world.models.caption_model, world.models.embedding_model = caption, embedding
    return world


async def test_photos_pixels_tokens_and_money_are_counted(tmp_path: Path) -> None:
    world = using("gpt-5-mini", "text-embedding-3-small")

    estimate = await estimate_import(folder_of_photos(tmp_path), world.context)

    tokens = 2 * 620 + 1245 + 312  # a preview of 1024 x 768, and a picture that is smaller
    price = (tokens * 0.25 + 2 * 330 * 2.00 + 2 * 400 * 0.02) / 1e6
    assert estimate == ImportEstimate(
        photos=3,
        contents=2,
        pixels=2 * 4032 * 3024 + 512 * 384,
        input_tokens=tokens,
        output_tokens=2 * 330,
        embedded_tokens=2 * 400,
        price=f"about ${price:.5f} by prices of 2026-11",
    )
    assert "3 photos (1 with the bytes of others) with 24.6 megapixels take at most 2 descriptions" in str(estimate)
    assert not world.storage.blobs


@pytest.mark.parametrize(("caption", "embedding"), [("mine", "text-embedding-3-small"), ("gpt-5-mini", "mine")])
async def test_money_is_named_only_where_all_of_it_is_known(caption: str, embedding: str, tmp_path: Path) -> None:
    estimate = await estimate_import(folder_of_photos(tmp_path), using(caption, embedding).context)

    assert estimate.price == ""
    assert "whose price is not known (PRICES)" in str(estimate)
    assert estimate.input_tokens > 2 * 620


async def test_an_empty_folder_takes_nothing(tmp_path: Path) -> None:
    estimate = await estimate_import(tmp_path, using("gpt-5-mini", "text-embedding-3-small").context)

    assert (estimate.photos, estimate.input_tokens, estimate.price) == (0, 0, "about $0.00 by prices of 2026-11")
