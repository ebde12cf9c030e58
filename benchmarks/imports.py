"""
What indexing the app costs a new instance, on one core: `python -m benchmarks imports [ROUNDS]`.

`function_app` is imported in new processes, in turn with the three packages of Microsoft that any such app imports:
once without compiled code (cold, as the first instance after a deployment) and once with it (warm). Times are those of
the processor, so that a busy machine tells the same; the ratio is what is ours.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import spread

ROOT = Path(__file__).parents[1]
PACKAGES = ("azure.functions", "azurefunctions.extensions.bindings.blob", "azurefunctions.extensions.http.fastapi")
SUBJECTS = {"bare SDK": f"import {', '.join(PACKAGES)}", "function_app": "import function_app"}
STATES = ("cold", "warm")
TIMED = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def seconds(statement: str, cache: str) -> float:
    """The processor's time for a statement in a new process, with compiled code in this folder."""
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(statement)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def timings(rounds: int) -> dict[tuple[str, str], list[float]]:
    """The seconds of each subject, cold and warm, in turn."""
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for subject, statement in SUBJECTS.items():
            with tempfile.TemporaryDirectory() as cache:
                for state in STATES:
                    times.setdefault((state, subject), []).append(seconds(statement, cache))
    return times


def measure(*, large: bool) -> dict[str, Any]:
    """Milliseconds of processor time by state and subject, and the ratio of the medians."""
    return figures_of(timings(10 if large else 3))


def figures_of(times: dict[tuple[str, str], list[float]]) -> dict[str, Any]:
    states: dict[str, Any] = {}
    for state in STATES:
        spent = {subject: [1000 * each for each in times[state, subject]] for subject in SUBJECTS}
        bare, whole = map(median, spent.values())
        states[state] = {name: spread(each, 1) for name, each in spent.items()} | {"ratio": round(whole / bare, 2)}
    return states


def show(figures: dict[str, Any]) -> None:
    """The medians as a table."""
    print(f"{'':6} {'bare SDK':>10} {'function_app':>13} {'ratio':>6}")
    for state, row in figures.items():
        bare, whole = (row[subject]["median"] for subject in SUBJECTS)
        print(f"{state:6} {bare:7.0f} ms {whole:10.0f} ms {row['ratio']:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=7)
    show(figures_of(timings(parser.parse_args().rounds)))
