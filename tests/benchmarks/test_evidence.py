"""The evidence: a part that fails leaves the others alone and is named, and the page has all that was measured."""

import importlib
import inspect
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.evidence import PARTS, measure_all, summary
from benchmarks.evidence_page import SECTIONS, page, write_page
from benchmarks.evidence_plots import PLOTS
from benchmarks.machine import processor_model, versions

RANGE = {"median": 20.5, "q1": 18.0, "q3": 24.0, "p95": 31.0, "n": 10}
QUERY = {"ms": RANGE, "processor_ms": 3.2}
PAIR = {"app": {"median": 61.5, "p95": 90.0}, "direct": {"median": 41.0, "p95": 70.0}, "ratio": 1.5}
GAIN = {"mean": 0.657, "low": 0.641, "high": 0.672}
FIGURES: dict[str, Any] = {
    "imports": {state: {"bare SDK": RANGE, "function_app": RANGE, "ratio": 1.37} for state in ("cold", "warm")},
    "ingest_ways": {
        "photos": 24,
        "tokens_per_minute": 200_000,
        "model_seconds": 1.0,
        "rounds": 2,
        "ways": [
            {"way": way, "seconds": RANGE, "calls": RANGE, "refused": RANGE, "tokens": RANGE, "lost": RANGE}
            for way in ("this app", "one loop")
        ],
    },
    "chat_load": {
        "streams": [
            {"streams": streams, "turns": 30, "load": 1.0, "first_word_ms": PAIR, "total_ms": PAIR}
            for streams in (1, 100)
        ],
        "processor_ms_per_turn": {"app": 22.9, "azurite": 8.1},
        "memory": {
            "requests": 1000, "start_mb": 150.0, "warm_mb": 161.0, "end_mb": 162.5, "growth_mb_per_1000": 1.25,
        },
    },
    "search": {
        "sizes": [
            {
                "documents": size, "load_s": 1.3, "queries": {"keyword": QUERY, "vector": QUERY}, "memory_mb": 117,
                "disk_mb": 8, "start_after_kill_s": 0.7, "sdk_alone_ms": RANGE,
            }
            for size in (1_000, 10_000)
        ],
        "left_out": [{"documents": 1_000_000, "reason": "needs about 3.1 GB of memory, and 2.0 are free"}],
        "per_doubling": {"keyword": {"ms": 1.02, "processor_ms": 1.07}, "vector": {"ms": 1.2, "processor_ms": None}},
    },
    "retrieval": {
        "photos": 495,
        "questions": 500,
        "false_alarms": {"hybrid": {"mean": 0.05, "low": 0.02, "high": 0.09, "questions": 40}},
        "kinds": [{"kind": "sentence", "questions": 300, "ways": {
            way: {"recall_1": GAIN, "recall_10": GAIN, "ndcg_10": GAIN} for way in ("keywords", "hybrid")
        }}],
    },
}  # fmt: skip
IDLE = {"load": 0.2, "busy": 0.01}


def report_of(parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "measured": "2026-11-27T12:00:00+00:00",
        "large": False,
        "seconds": 540.0,
        "machine": {"processor": "A Processor", "cores": 2, "memory_gb": 8.2, "system": "Linux 6.1"},
        "versions": {"python": "3.13.0", "app": "0123456789", "azurite": "3.35.0"},
        "parts": parts,
    }


def measured(part: str, busy: float = 0.01) -> dict[str, Any]:
    return {"before": IDLE | {"busy": busy}, "seconds": 100.0, "figures": FIGURES[part], "after": IDLE}


def test_every_part_has_a_section_and_a_plot() -> None:
    assert set(PARTS) == set(SECTIONS) == set(PLOTS) == set(FIGURES)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_measured_and_shown_in_the_same_way(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(f"benchmarks.{part}")

    assert [(each.name, each.kind) for each in inspect.signature(module.measure).parameters.values()] == [
        ("large", inspect.Parameter.KEYWORD_ONLY)
    ]
    module.show(FIGURES[part])
    assert len(capsys.readouterr().out.splitlines()) > 1


def test_the_command_lists_the_benchmarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0

    listed = capsys.readouterr().out
    assert all(f"python -m benchmarks {name} " in listed for name in ("evidence", *PARTS))
    assert main(["nothing of the kind"]) == 2


def test_the_page_says_what_was_measured_and_on_what() -> None:
    text = page(report_of({part: measured(part) for part in PARTS}))

    assert "A Processor, 2 cores, 8.2 GB" in text
    assert "python 3.13.0, app 0123456789, azurite 3.35.0" in text
    assert "| cold | 20 (18 to 24) | 20 (18 to 24) | 1.37 |" in text
    assert "| this app | 20.5 (18.0 to 24.0) |" in text
    assert "| 100 | 30 | 61.5 / 90.0 | 41.0 / 70.0 | 61.5 / 90.0 | 41.0 / 70.0 | 1.5 |" in text
    assert "+1.25 MB per 1,000 requests" in text
    assert "| vector, ms | 20.5 / 31.0 (3.2) | 20.5 / 31.0 (3.2) |" in text
    assert "| vector | 1.2 | - |" in text
    assert "1,000,000 documents were left out: it needs about 3.1 GB of memory" in text
    assert "| sentence | 300 | 0.657 (0.641 to 0.672) |" in text
    assert "a share of 0.050 (0.020 to 0.090) gets likely hits with hybrid" in text
    assert "kept the machine busy" not in text


def test_the_page_warns_of_other_work_on_the_machine() -> None:
    text = page(report_of({"imports": measured("imports"), "search": measured("search", busy=0.6)}))

    assert "**Other work kept the machine busy before these parts: search.**" in text


def test_the_plots_are_svg_and_the_same_each_time(tmp_path: Path) -> None:
    report = report_of({part: measured(part) for part in PARTS})
    (tmp_path / "evidence.json").write_text(json.dumps(report), encoding="utf-8")

    write_page(tmp_path)

    for part, plot in PLOTS.items():
        svg = (tmp_path / f"{part}.svg").read_text(encoding="utf-8")
        assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 (ours)
        assert svg == plot(FIGURES[part])
    assert (tmp_path / "evidence.md").read_text(encoding="utf-8") == page(report)


def test_a_part_that_was_not_measured_has_its_reason_and_no_plot_of_before(tmp_path: Path) -> None:
    (tmp_path / "search.svg").write_text("of an earlier run", encoding="utf-8")
    failed = {"before": IDLE, "seconds": 3.0, "failure": "ended with exit code 7", "after": IDLE}
    report = report_of({"imports": measured("imports"), "search": failed})
    (tmp_path / "evidence.json").write_text(json.dumps(report), encoding="utf-8")

    write_page(tmp_path)

    text = (tmp_path / "evidence.md").read_text(encoding="utf-8")
    assert "**Not measured: the part ended with exit code 7.**" in text
    assert "search.svg" not in text
    assert not (tmp_path / "search.svg").exists()
    assert "| cold |" in text


def test_a_part_that_fails_is_named_and_the_others_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = {
        "breaks": "import sys; sys.exit(7)",
        "says nothing": "pass",
        "works": "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('{\"a\": 1}')",
    }

    def command(part: str, file: Path) -> Sequence[str]:
        return [sys.executable, "-c", work[part], str(file)]

    report = measure_all(list(work), command, large=False, seconds=45)

    parts = report["parts"]
    assert parts["breaks"]["failure"] == "ended with exit code 7"
    assert parts["says nothing"]["failure"] == "wrote no figures: FileNotFoundError"
    assert parts["works"]["figures"] == {"a": 1}
    assert summary(report, tmp_path) == 1
    assert "ended with exit code 7" in capsys.readouterr().out
    assert summary({**report, "parts": {"works": parts["works"]}}, tmp_path) == 0


def test_a_part_that_takes_too_long_is_ended_and_named() -> None:
    def command(part: str, file: Path) -> Sequence[str]:
        return [sys.executable, "-c", "import threading; threading.Event().wait()"]

    report = measure_all(["hangs"], command, large=False, seconds=0.6)

    assert report["parts"]["hangs"]["failure"] == "took longer than 0.01 minutes"


def test_the_machine_and_the_versions_have_names(tmp_path: Path) -> None:
    source = tmp_path / "cpuinfo"
    source.write_text("processor\t: 0\nmodel name\t: Intel(R) Xeon(R) @ 2.20GHz\n", encoding="utf-8")

    assert processor_model(source) == "Intel(R) Xeon(R) @ 2.20GHz"
    assert {"python", "openai", "azure-search-documents"} <= versions().keys()
