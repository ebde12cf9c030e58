"""A minute of everything at once, and nothing is lost."""

import sys
from pathlib import Path

import pytest

from tests.soak.__main__ import main
from tests.soak.run import soak

MINUTES = 1.0
SEED = 24


def test_after_a_minute_of_everything_at_once_the_books_balance(tmp_path: Path) -> None:
    report = soak(MINUTES, SEED, say=lambda text: sys.stdout.write(f"{text}\n"), keep=tmp_path)

    assert report.held, report
    done = report.counts["done"]
    assert isinstance(done, dict)
    assert done["uploaded"]
    assert report.counts["captions"]
    assert report.counts["moves"] == 1


def test_a_folder_with_an_earlier_soak_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "host.log").write_text("of yesterday")
    monkeypatch.setattr("sys.argv", ["soak", "--logs", str(tmp_path)])

    with pytest.raises(SystemExit, match="2"):
        main()

    assert f"{tmp_path} is not empty" in capsys.readouterr().err
