"""Waiting for what takes its time in Azure: hosts that start, roles that spread, handshakes that time out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from deploy.errors import DeployError, NotYet

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long to try, and how long to pause in between, in seconds; pauses become longer, up to a limit."""

    limit: float = 900.0
    pause: float = 5.0
    longest_pause: float = 30.0

    def wait_for(self, what: str, action: Callable[[], T], *, advice: str = "") -> T:
        """What the action returns once it no longer raises NotYet. DeployError with the last reason after the limit."""
        start, pause, reason = time.monotonic(), self.pause, ""
        while True:
            try:
                return action()
            except NotYet as error:
                if time.monotonic() - start + pause > self.limit:
                    raise DeployError(_give_up(what, str(error), advice, self.limit)) from error
                if str(error) != reason:
                    reason = str(error)
                    print(f"  waiting for {what}: {reason}", flush=True)
            time.sleep(pause)
            pause = min(pause * 1.5, self.longest_pause)


def _give_up(what: str, reason: str, advice: str, limit: float) -> str:
    hint = f"; {advice}" if advice else ""
    return f"gave up on {what} after {limit:.0f} s: {reason}{hint}"
