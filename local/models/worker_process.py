"""Runs models in child processes, so that the server stays responsive."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from typing import ParamSpec, TypeVar

Params = ParamSpec("Params")
ResultT = TypeVar("ResultT")

# Describing photos runs at a lower priority than the host and the page.
NICENESS = 5


class WorkerProcess:
    """A child process that runs one function at a time. Calls that were cancelled while waiting never start."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        context = get_context("spawn")
        return ProcessPoolExecutor(1, context, initializer=_initialize_process, initargs=(self._threads,))

    async def run(self, function: Callable[Params, ResultT], *args: Params.args, **kwargs: Params.kwargs) -> ResultT:
        """Run the function in the child. If the child dies, raise BrokenProcessPool; the next call gets a new child."""
        loop = asyncio.get_running_loop()
        pool = self._pool
        try:
            return await loop.run_in_executor(pool, _call_function, function, args, kwargs)
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = self._new_pool()
            raise

    def close(self) -> None:
        """Stop the child, whatever it is doing, and drop the calls that wait for it."""
        for child in active_children():
            child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _call_function(function: Callable[..., ResultT], args: tuple[object, ...], kwargs: dict[str, object]) -> ResultT:
    """Call the function. This one is at module level so that it can be pickled."""
    return function(*args, **kwargs)


def _initialize_process(threads: int) -> None:
    """Set up the child: limit its threads, leave Ctrl-C to the parent, and exit when the parent does."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """Exit when the parent has ended, however it ended."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
