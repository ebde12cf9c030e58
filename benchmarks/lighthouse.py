"""
What Lighthouse says of the page: performance, accessibility, best practices and search engines, wide and on a phone.

    python -m benchmarks lighthouse [--runs 5] [--url URL] [--details]

The page is served from its bundle by the host of a laptop, with the samples; the median of each figure is printed, of
runs in turns with an empty cache. The phone is Lighthouse's own: slow 4G and a processor four times as slow. `npm ci`
in `benchmarks/browser` installs Lighthouse. `--url` looks at an app that runs already, and `--details` names what cost
points.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bundled_app import bundled_app
from tests.page.conftest import CHROMIUM, FLAGS, SAMPLES
from tests.world import ROOT, running_beside, running_world

LIGHTHOUSE = Path(__file__).parent / "browser" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FIGURES = {
    "first paint": "first-contentful-paint",
    "largest": "largest-contentful-paint",
    "blocked": "total-blocking-time",
    "shift": "cumulative-layout-shift",
    "requests": "network-requests",
}
WIDE, PHONE = ("--preset=desktop",), ()
Report = dict[str, Any]


def main(arguments: list[str] | None = None) -> None:
    """Print the medians of both profiles."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks lighthouse")
    parser.add_argument("--runs", type=int, default=5, help="of each profile")
    parser.add_argument("--url", help="the page of an app that runs already")
    parser.add_argument("--details", action="store_true", help="name the audits that cost points")
    options = parser.parse_args(arguments)
    if not LIGHTHOUSE.exists():
        sys.exit("Lighthouse is not installed: run npm ci in benchmarks/browser")
    with page_of(options.url) as url:
        print(f"load average {os.getloadavg()[0]:.1f}", flush=True)  # other work slows all but the counts
        reports: dict[str, list[Report]] = {"wide": [], "phone": []}
        for _ in range(options.runs):
            reports["wide"].append(audit(url, WIDE))
            reports["phone"].append(audit(url, PHONE))
    print_medians(reports)
    if options.details:
        for name, runs in reports.items():
            print_faults(name, runs[-1])


@contextmanager
def page_of(url: str | None) -> Iterator[str]:
    """The address of the page: that one, or of a world with the samples that serves the bundle."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as name, running_world(Path(name)) as world:
        for sample in SAMPLES:
            world.put(sample, (ROOT / "samples" / sample).read_bytes())
        world.wait_until_idle()
        with running_beside(world, Path(name), app_folder=bundled_app(Path(name))) as host:
            yield host.url.removesuffix("api/health")


def audit(url: str, profile: tuple[str, ...]) -> Report:
    """Lighthouse's report of one visit."""
    command = [
        str(LIGHTHOUSE), url, *profile, "--output=json", "--quiet", "--no-enable-error-reporting",
        f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
    ]  # fmt: skip
    done = subprocess.run(command, env=os.environ | {"CHROME_PATH": str(CHROMIUM)}, capture_output=True, check=True)
    report: Report = json.loads(done.stdout)
    return report


def print_medians(reports: dict[str, list[Report]]) -> None:
    print(f"{'':6} {' '.join(f'{each:>14}' for each in (*CATEGORIES, *FIGURES))}")
    for name, runs in reports.items():
        scores = [statistics.median(run["categories"][each]["score"] * 100 for run in runs) for each in CATEGORIES]
        figures = [statistics.median(_figure(run["audits"][each]) for run in runs) for each in FIGURES.values()]
        print(
            f"{name:6} {' '.join(f'{each:14.0f}' for each in scores)} {' '.join(f'{each:14.3g}' for each in figures)}"
        )


def _figure(result: Report) -> float:
    items = result.get("details", {}).get("items", [])
    return float(len(items) if result["id"] == "network-requests" else result["numericValue"])


def print_faults(name: str, report: Report) -> None:
    """Which audits are not met, and by how much."""
    for category in CATEGORIES:
        for reference in report["categories"][category]["auditRefs"]:
            result = report["audits"][reference["id"]]
            if result["score"] is not None and result["score"] < 0.9:
                print(f"{name:6} {category:15} {result['id']:40} {result.get('displayValue', '')}")
