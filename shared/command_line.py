"""What commands have in common: readers that go away, and hints that can be typed as they are."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from shared.errors import BadRequest

CLOSED = 141  # the exit code that shells show of a program whose reader went away


def run_piped(main: Callable[[], int]) -> int:
    """The exit code of a command; quiet where its reader goes away, as `head` does, and what is left goes nowhere."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    return code


def agreed(question: str, *, asks: bool) -> bool:
    """Whether a person at the terminal agrees; always unless it `asks`. BadRequest where nobody is there to ask."""
    if not asks:
        return True
    if not sys.stdin.isatty():
        raise BadRequest("nobody is there to agree: run it with --yes")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def command(words: str) -> str:
    """How to type `python -m` with these words here: by the interpreter that runs, such as `.venv/bin/python`."""
    return f"{_python()} -m {words}"


def _python() -> str:
    path = Path(sys.executable)
    if path.is_relative_to(Path.cwd()):
        return str(path.relative_to(Path.cwd()))
    return "python"
