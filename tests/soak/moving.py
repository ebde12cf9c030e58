"""The library moves to another index and embedding model, and whoever moves it is killed once on each way."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.world import ROOT

MODELS = [("stand-in-embedding-small", "256"), ("stand-in-embedding", "384")]
TIMEOUT = 300  # seconds for one run


@dataclass
class Mover:
    """Moves from one model to the other and back as long as there is time; a move that has begun is ended."""

    environment: Mapping[str, str]
    chance: random.Random
    stopped: threading.Event
    moves: int = 0
    faults: list[str] = field(default_factory=list)
    output: str = ""

    def work(self) -> None:
        while not self.stopped.wait(5):
            if self.moves and not self._finished():
                continue
            model, dimensions = MODELS[self.moves % 2]
            words = ("--to", f"photos-{self.moves + 2}", "--embedding-model", model, "--dimensions", dimensions)
            self._kill_once(*words, "--yes")
            if not self._until_done(*words, "--yes"):
                return
            self.moves += 1

    def _kill_once(self, *words: str) -> None:
        process = self._start(*words)
        try:
            process.wait(self.chance.uniform(2, 40))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()

    def _until_done(self, *words: str) -> bool:
        """Run it until it succeeds: trouble may stop it, and it goes on where it was."""
        for _ in range(20):
            if self._run(*words) == 0:
                return True
        self.faults.append(f"could not move with {' '.join(words)}: {self.output[-1500:]}")
        return False

    def _finished(self) -> bool:
        """Whether the index before is gone; it stays for ten minutes."""
        return self._run("--finish") == 0 or "no index before" in self.output

    def _run(self, *words: str) -> int:
        process = self._start(*words)
        try:
            self.output, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            self.output, _ = process.communicate()
        return process.returncode

    def _start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ingest", "migrate", *words]
        environment = {**os.environ, **self.environment}
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
