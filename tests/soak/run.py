"""One soak: the world with two instances of the app, people, trouble and a move at once, then quiet, then the audit."""

import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.machine import eventually, free_port, running_azurite
from tests.soak.audit import audit
from tests.soak.client import KEYS, ROLES, Client, Findings
from tests.soak.inventory import ModelCall, read_calls, take_inventory
from tests.soak.ledger import PRIVATE, Ledger
from tests.soak.moving import Mover
from tests.soak.people import Person
from tests.soak.readers import Reader
from tests.soak.trouble import Trouble
from tests.world import ROOT, Process, World, python, running_around

FAULTS = Path(__file__).parent / "azurite_faults.js"
RULES = {
    "rules": [
        {"folder": "", "see": ["everyone"]},
        {"folder": PRIVATE, "see": ["key:ada", "key:hana"]},
    ]
}
SETTINGS = {
    "HTTP_AUTH": "key",
    "API_KEYS": ", ".join(f"{name}:{ROLES[name]}:{key}" for name, key in KEYS.items()),
    "RECONCILE_SCHEDULE": "*/20 * * * * *",
}
LEASE = ("--lease", "60")  # for a message whose host was killed with it; ten minutes would be long to wait for quiet
PATIENCE = 900.0  # seconds until all must be quiet: a deletion that was interrupted is taken back after 15 minutes
LAST_WORDS = 120.0  # seconds in which people get an answer to what they asked last
LOOK_EVERY = 5.0  # seconds
SHOWN = 10  # differences at each look


@dataclass
class SoakReport:
    """What came of it: `differences` of the audit, and `faults` seen on the way; it held if there are none."""

    seed: int
    minutes: float
    differences: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: dict[str, object] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        return not self.differences and not self.faults

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, {self.minutes:g} minutes", json.dumps(self.counts, indent=2)]
        lines += [f"FAULT {each}" for each in self.faults] + [f"LOST {each}" for each in self.differences]
        return "\n".join([*lines, "held" if self.held else "did not hold"])


@dataclass
class Soak:
    """A world with a second instance of the app, and everybody in it."""

    world: World
    second: Process
    seed: int
    say: Callable[[str], object] = print
    people: int = 3
    readers: int = 2
    ledger: Ledger = field(default_factory=Ledger)
    findings: Findings = field(default_factory=Findings)
    calls: dict[tuple[float, str], ModelCall] = field(default_factory=dict)

    def run(self, minutes: float, *, patience: float = PATIENCE) -> SoakReport:
        """Everything at once for so long, then the audit."""
        end = time.monotonic() + minutes * 60
        stopped, move_stopped = threading.Event(), threading.Event()
        persons = [self._person(number, stopped, end) for number in range(self.people)]
        readers = [self._reader(number, stopped, end) for number in range(self.readers)]
        trouble = Trouble(
            self.world, [self.world.host, self.second], self.ledger, self._chance("trouble"), stopped, self.note_calls
        )
        mover = Mover(self.world.host.environment, self._chance("mover"), move_stopped)
        works = [each.work for each in persons] + [each.work for each in readers] + [trouble.work, mover.work]
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        while time.monotonic() < end:
            time.sleep(min(LOOK_EVERY, max(0.0, end - time.monotonic())))
            self.note_calls()
        stopped.set()
        move_stopped.set()
        threads[-2].join()  # trouble first: it starts again what it has stopped
        trouble.calm()
        for thread in threads:
            thread.join()
        for client in [each.client for each in persons] + [each.client for each in readers]:
            client.close()
        began = time.monotonic()
        differences = self.settle(patience)
        report = SoakReport(self.seed, minutes, differences)
        report.faults = [f"{count} times {what}" for what, count in self.findings.faults.items()]
        report.faults += trouble.faults + mover.faults
        report.counts = {
            "quiet after seconds": round(time.monotonic() - began),
            "files": len(self.ledger.paths),
            "open": sum(not each.is_open for each in self.ledger.paths.values()),
            "captions": len(self.calls),
            "searches": sum(each.searches for each in readers),
            "moves": mover.moves,
            "done": dict(self.ledger.done),
            "trouble": trouble.done,
            "answers": dict(sorted(self.findings.answers.items())),
        }
        return report

    def settle(self, patience: float) -> list[str]:
        """The differences once all is quiet; those that are left after so long otherwise."""
        deadline = time.monotonic() + patience
        while True:
            try:
                differences = self._look()
            except (AssertionError, httpx.HTTPError) as error:
                differences = [f"the inventory could not be taken: {error}"]
            if not differences or time.monotonic() > deadline:
                return differences
            self.say("\n  ".join([f"{len(differences)} differences:", *differences[:SHOWN]]))
            time.sleep(LOOK_EVERY)

    def _look(self) -> list[str]:
        for failure in self.world.failures().values():  # somebody impatient presses the button
            if failure["state"] == "retrying":
                self.world.http.post(f"/api/failures/{failure['id']}/retry")
        self.note_calls()
        return audit(take_inventory(self.world, list(self.calls.values())), self.ledger)

    def note_calls(self) -> None:
        """What was asked of the model, before it forgets that."""
        try:
            calls = read_calls(self.world)
        except (httpx.HTTPError, ValueError):
            return
        self.calls |= {(each.start, each.preview): each for each in calls}

    def _person(self, number: int, stopped: threading.Event, end: float) -> Person:
        chance = self._chance(f"person {number}")
        return Person(number, self.world, self.ledger, self._client("hana", chance, end), chance, stopped)

    def _reader(self, number: int, stopped: threading.Event, end: float) -> Reader:
        chance = self._chance(f"reader {number}")
        return Reader(self._client("mallory" if number % 2 else "hana", chance, end), chance, stopped)

    def _client(self, name: str, chance: random.Random, end: float) -> Client:
        return Client(name, [self.world.host.url, self.second.url], chance, self.findings, end + LAST_WORDS)

    def _chance(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")


@contextmanager
def running_soak(folder: Path, seed: int, say: Callable[[str], object] = print) -> Iterator[Soak]:
    """A world for one soak, with rules in force that hide the private folder."""
    with (
        running_azurite(hooks=[FAULTS]) as azurite,
        running_around(azurite, folder, fast=True, moved=SETTINGS, host_options=LEASE, identity=False) as world,
        _second_instance(world, folder) as second,
    ):
        world.http.headers["api-key"] = KEYS["ada"]
        world.http.put("/api/access", json=RULES).raise_for_status()
        eventually(lambda: _assert_followed(world), timeout=120)
        yield Soak(world, second, seed, say)


def _assert_followed(world: World) -> None:
    """Assert that no turn of the work that brings documents in line with the rules waits."""
    assert world.queue("photo-jobs").get_queue_properties().approximate_message_count == 0


@contextmanager
def _second_instance(world: World, folder: Path) -> Iterator[Process]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = python("local.host", str(ROOT), "--port", str(port), *LEASE)
    # Where a host notes what it has taken out of queues, by the app: each is to find its own notes when it was killed.
    notes = folder / "second"
    notes.mkdir()
    environment = {**world.host.environment, "TMPDIR": str(notes)}
    host = Process("second", command, f"{url}/admin/host/status", folder, environment)
    try:
        host.start()
        yield host
    finally:
        host.stop()


def soak(minutes: float, seed: int, *, say: Callable[[str], object] = print, keep: Path | None = None) -> SoakReport:
    """A whole soak in a folder of its own, which stays where it did not hold."""
    folder = keep or Path(tempfile.mkdtemp(prefix="soak-"))
    say(f"seed {seed}; logs are in {folder}")
    with running_soak(folder, seed, say) as running:
        return running.run(minutes)
