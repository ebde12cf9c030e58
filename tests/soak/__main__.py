"""python -m tests.soak [--minutes 1] [--seed N] [--logs FOLDER]: ends with 1 on any loss."""

import argparse
import secrets
import sys
from pathlib import Path

from tests.soak.run import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Everything at once, and then an audit.")
    parser.add_argument("--minutes", type=float, default=1, help="how long there is trouble")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="repeats what is chosen")
    parser.add_argument("--logs", type=Path, help="a new or empty folder for the logs of all parts")
    arguments = parser.parse_args()
    if arguments.logs:
        arguments.logs.mkdir(parents=True, exist_ok=True)
        if any(arguments.logs.iterdir()):
            parser.error(f"{arguments.logs} is not empty: name another folder for --logs")
    report = soak(arguments.minutes, arguments.seed, keep=arguments.logs)
    print(report)  # noqa: T201 - this is what it is for
    return 0 if report.held else 1


if __name__ == "__main__":
    sys.exit(main())
