"""
All that we claim about speed and relevance, measured one part after the other, and a page made of it.

    python -m benchmarks evidence [PART ...] [--large] [--to FOLDER]
    python -m benchmarks evidence --page [--to FOLDER]      # the page again, from the JSON that is there

Each part runs in a process of its own. The folder then holds `evidence.json`, with the machine, how busy it was before
and after each part, versions and figures, and `evidence.md` with its plots, made from that file alone. A part that
fails or takes too long is named there with its reason, the others go on, and the exit code is 1. It is meant
to take ten minutes on two quiet cores; with `--large`, which has a million documents and ten times the requests, more
than an hour.
"""

import argparse
import importlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.evidence_page import write_page
from benchmarks.machine import load, machine, versions

# Each has `measure(*, large: bool) -> dict`, whose figures are ready for JSON, and `show(figures)`.
PARTS = ("imports", "ingest_ways", "chat_load", "search", "retrieval")
RESULTS = Path(__file__).with_name("results")
MINUTES, LARGE_MINUTES = 10.0, 120.0  # that one part may take, also on a busy machine
LAST_WORDS = 60.0  # seconds for a part that is terminated to end its servers
Command = Callable[[str, Path], Sequence[str]]


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks evidence")
    options.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    options.add_argument("--large", action="store_true", help="the sizes that take hours")
    options.add_argument("--to", type=Path, default=RESULTS, metavar="FOLDER")
    options.add_argument("--minutes", type=float, help="after which a part is ended")
    options.add_argument("--page", action="store_true", help="measure nothing, make the page")
    options.add_argument("--into", type=Path, help=argparse.SUPPRESS)  # one part in its own process: its figures
    chosen = options.parse_args(arguments)
    if unknown := set(chosen.parts) - set(PARTS):
        options.error(f"there is no part {' or '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    if chosen.into:
        return measure_here(chosen.parts[0], chosen.into, large=chosen.large)
    if chosen.page:
        write_page(chosen.to)
        return 0
    large = ["--large"] if chosen.large else []

    def command(part: str, file: Path) -> Sequence[str]:
        return [sys.executable, "-m", "benchmarks", "evidence", part, "--into", str(file), *large]

    minutes = chosen.minutes or (LARGE_MINUTES if chosen.large else MINUTES)
    report = measure_all(chosen.parts or PARTS, command, large=chosen.large, seconds=60 * minutes)
    chosen.to.mkdir(parents=True, exist_ok=True)
    (chosen.to / "evidence.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    write_page(chosen.to)
    return summary(report, chosen.to)


def measure_here(part: str, into: Path, *, large: bool) -> int:
    """Measure a part in this process, and write its figures. SIGTERM ends its servers, too, as Ctrl+C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    module = importlib.import_module(f"benchmarks.{part}")
    figures = module.measure(large=large)
    into.write_text(json.dumps(figures), encoding="utf-8")
    module.show(figures)
    return 0


def measure_all(parts: Sequence[str], command: Command, *, large: bool, seconds: float) -> dict[str, Any]:
    """The whole report; `command` is what measures a part and writes its figures into a file."""
    began = datetime.now(UTC)
    measured: dict[str, Any] = {}
    for number, part in enumerate(parts, 1):
        print(f"\n== {part} ({number} of {len(parts)})", flush=True)
        measured[part] = measure_apart(part, command, seconds)
    return {
        "measured": began.isoformat(timespec="seconds"),
        "large": large,
        "seconds": round((datetime.now(UTC) - began).total_seconds(), 1),
        "machine": machine(),
        "versions": versions(),
        "parts": measured,
    }


def measure_apart(part: str, command: Command, seconds: float) -> dict[str, Any]:
    """What a part measured in a process of its own, or why it failed; seconds, and the machine before and after."""
    result: dict[str, Any] = {"before": load()}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        failure = run(command(part, file), seconds)
        result["seconds"] = round(time.monotonic() - began, 1)
        if not failure:
            try:
                result["figures"] = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                failure = f"wrote no figures: {type(error).__name__}"
    if failure:
        result["failure"] = failure
        print(f"{part} {failure}", flush=True)
    return result | {"after": load()}


def run(command: Sequence[str], seconds: float) -> str:
    """Run a command; returns why it failed, or nothing. One that takes longer is ended, with all that it started."""
    process = subprocess.Popen(command)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        end(process)
        return f"took longer than {seconds / 60:g} minutes"
    except KeyboardInterrupt:
        end(process)
        raise
    return f"ended with exit code {code}" if code else ""


def end(process: subprocess.Popen[bytes]) -> None:
    """
    Terminate a process, so that it ends its servers, and kill what is left of it after a while.

    SIGINT would not do: what a shell runs in the background ignores it.
    """
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(LAST_WORDS)
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.kill()
    process.wait()


def summary(report: Mapping[str, Any], folder: Path) -> int:
    """Print how long each part took; 1 if one failed."""
    print(f"\n{report['seconds']:.0f} seconds in all; the figures are in {folder / 'evidence.json'}")
    for part, result in report["parts"].items():
        busy = f"{result['before']['busy']:.0%} of the machine was busy before"
        print(f"  {part:<12} {result['seconds']:6.0f} s   {busy}   {result.get('failure', '')}".rstrip())
    return int(any("failure" in result for result in report["parts"].values()))
