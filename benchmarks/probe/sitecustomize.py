"""
Times every step of the event loops of a Python process, when its folder is on PYTHONPATH.

Steps longer than LOOP_STEPS_OVER seconds are written to the file that LOOP_STEPS names, one JSON object a line.
"""

import asyncio.events
import json
import os
import time

FILE = os.environ.get("LOOP_STEPS")
OVER = float(os.environ.get("LOOP_STEPS_OVER", "0.01"))
run = asyncio.events.Handle._run


def timed(handle: asyncio.events.Handle) -> None:
    started = time.perf_counter()
    worked = time.thread_time()
    run(handle)
    took = time.perf_counter() - started
    if took > OVER:
        note({"at": time.time(), "seconds": took, "cpu": time.thread_time() - worked, "what": repr(handle)[:400]})


def note(step: dict[str, object]) -> None:
    with open(FILE or os.devnull, "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would slow every start
        file.write(json.dumps(step) + "\n")


if FILE:
    asyncio.events.Handle._run = timed  # type: ignore[method-assign, assignment]
