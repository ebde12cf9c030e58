"""
What indexing the app costs a new instance, on one core: `python -m benchmarks.imports [ROUNDS]`.

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

ROOT = Path(__file__).parents[1]
PACKAGES = ("azure.functions", "azurefunctions.extensions.bindings.blob", "azurefunctions.extensions.http.fastapi")
SUBJECTS = {"bare SDK": f"import {', '.join(PACKAGES)}", "function_app": "import function_app"}
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


def measure(rounds: int) -> dict[tuple[str, str], list[float]]:
    """The seconds of each subject, cold and warm, in turn."""
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for subject, statement in SUBJECTS.items():
            with tempfile.TemporaryDirectory() as cache:
                for state in ("cold", "warm"):
                    times.setdefault((state, subject), []).append(seconds(statement, cache))
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=7)
    times = measure(parser.parse_args().rounds)
    print(f"{'':6} {'bare SDK':>10} {'function_app':>13} {'ratio':>6}")
    for state in ("cold", "warm"):
        bare, whole = (median(times[state, subject]) for subject in SUBJECTS)
        print(f"{state:6} {bare * 1000:7.0f} ms {whole * 1000:10.0f} ms {whole / bare:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
