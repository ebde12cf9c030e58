"""The shop's photos and definitions, which its story in the docs is told with."""

from collections import Counter
from pathlib import Path

import pytest

from catalogue.vocabulary_formats import read_csv
from ingest.facts.read import read_facts
from local.shop_photos import COLOURS, SHAPES, main, save_all
from shared.catalogue.definition import parse_catalogue
from tests.world import ROOT

SHOP = ROOT / "docs" / "shop"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    save_all(folder, 30)
    return folder


def test_there_are_as_many_as_were_asked_for_and_ten_are_not_sorted(folder: Path) -> None:
    counts = Counter(path.parent.name for path in folder.rglob("*.jpg"))

    assert counts == {**dict.fromkeys(SHAPES, 4), "new": 10}


def test_they_are_the_same_every_time_and_no_two_are_alike(folder: Path, tmp_path: Path) -> None:
    save_all(tmp_path, 30)

    contents = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.jpg")}
    assert all((folder / path).read_bytes() == content for path, content in contents.items())
    assert len(set(contents.values())) == 30


def test_some_are_signed_in_exif_some_in_iptc_and_some_not_at_all(folder: Path) -> None:
    read = [read_facts(path.read_bytes(), format="jpeg", name=path.name) for path in folder.rglob("*.jpg")]

    assert Counter(each.creators for each in read) == {("Ada Example",): 10, ("Bo Sample",): 10, (): 10}
    assert all(str(each.taken_local).startswith("2026-03-") for each in read)


def test_the_fields_of_the_story_know_what_the_photos_show() -> None:
    catalogue = parse_catalogue((SHOP / "catalogue.json").read_bytes())

    product_type, colour, price = catalogue.fields
    assert (set(product_type.choices), set(colour.choices)) == (set(SHAPES), set(COLOURS))
    assert not price.instruction


def test_the_vocabulary_of_the_story_has_their_kinds_and_colours() -> None:
    vocabulary = read_csv((SHOP / "vocabulary.csv").read_bytes())

    assert {each.tag for each in vocabulary.terms} > {*SHAPES, *COLOURS}


@pytest.mark.parametrize("arguments", [["--count", "9"], ["--count", "many"], []])
def test_the_command_says_what_is_wrong(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = [str(tmp_path / "shop")] if arguments else []
    monkeypatch.setattr("sys.argv", ["shop_photos", *folder, *arguments])

    with pytest.raises(SystemExit):
        main()

    assert "error: " in capsys.readouterr().err
    assert not (tmp_path / "shop").exists()
