"""Heavy work in processes of its own, one model each, so that the server stays responsive."""

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

# The host and the page come first: describing a photo yields to them.
NICENESS = 5


class WorkerProcess:
    """One child process that does one job at a time; work that nobody waits for any more is not begun."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        context = get_context("spawn")
        return ProcessPoolExecutor(1, context, initializer=_initialize_process, initargs=(self._threads,))

    async def run(self, function: Callable[Params, ResultT], *args: Params.args, **kwargs: Params.kwargs) -> ResultT:
        """Do the work in the child. BrokenProcessPool when it dies; then the next job has a new one."""
        loop = asyncio.get_running_loop()
        pool = self._pool
        try:
            return await loop.run_in_executor(pool, _call_function, function, args, kwargs)
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = self._new_pool()
            raise

    def close(self) -> None:
        """Stop the child, whatever it is doing; waiting work is dropped."""
        for child in active_children():
            child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _call_function(function: Callable[..., ResultT], args: tuple[object, ...], kwargs: dict[str, object]) -> ResultT:
    """Call it; a function of the module so that it can be sent to the child."""
    return function(*args, **kwargs)


def _initialize_process(threads: int) -> None:
    """Prepare a child: its share of the cores, Ctrl-C left to the parent, and no life without the parent."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """End when the parent is gone, however it went."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
