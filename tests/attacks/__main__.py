"""
`python -m tests.attacks URL`: one line for each attack, with what held; ends with 1 if something broke.

The keys of an app that asks for them are in the environment: ATTACK_KEY may do all, ATTACK_READ_KEY only read, and
ATTACK_REVOKED_KEY is one that was revoked.

It uploads some pictures into a folder of its own and deletes them again, asks a few questions, and sends what no client
would, some of it large. Use it on your own app only.
"""

import argparse
import os
import sys
import time
from contextlib import nullcontext

from tests.attacks import slow
from tests.attacks.attack import Attack, Outcome, run
from tests.attacks.everything import ATTACKS
from tests.attacks.library import with_photos
from tests.attacks.memory import MemoryPeak
from tests.attacks.target import Target


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    target = Target(
        options.url.rstrip("/"),
        key=os.environ.get("ATTACK_KEY"),
        read_key=os.environ.get("ATTACK_READ_KEY"),
        revoked_key=os.environ.get("ATTACK_REVOKED_KEY"),
        stand_ins=options.stand_in,
    )
    attacks = [each for each in ATTACKS if options.only in str(each)]
    with with_photos(target):
        if any(each.kind == "slow" for each in attacks):
            slow.start(target)
        outcomes = [_report(attack, target, options.pid) for attack in attacks]
    broken = [each for each in outcomes if each.verdict == "BROKEN"]
    held = sum(each.verdict == "OK" for each in outcomes)
    print(f"\n{held} held, {len(broken)} broke, {len(outcomes) - held - len(broken)} not applicable")
    for each in broken:
        print(each)
    return 1 if broken else 0


def _report(attack: Attack, target: Target, pid: int | None) -> Outcome:
    start = time.monotonic()
    with MemoryPeak(pid) if pid else nullcontext() as peak:
        outcome = run(attack, target)
    figures = f"{time.monotonic() - start:5.1f} s  " + (
        f"{peak.start:5.0f} > {peak.megabytes:5.0f} MB  " if peak else ""
    )
    print(f"{figures if pid else ''}{outcome}", flush=True)
    return outcome


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("url", help="where the app is, such as http://localhost:7071")
    parser.add_argument("--only", default="", metavar="TEXT", help="only attacks whose line has this text")
    parser.add_argument(
        "--stand-in", action="append", default=[], metavar="URL", help="a stand-in beside it; repeat for several"
    )
    parser.add_argument(
        "--pid", type=int, help="a process whose memory to show, with its children: that of the local host"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
