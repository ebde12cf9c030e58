"""
Two people at once, one of them hostile: whatever they try, the other one's requests are answered right meanwhile.

The hostile one has signed in as a contributor and sees a folder of their own. They learn nothing of the other's photos,
change none and spend nothing on the other's account.
"""

import json
import secrets
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.attacks import slow
from tests.attacks.attack import Attack, Outcome, run
from tests.attacks.library import account_of, jpeg, link_to, links_to, upload, wait_for, with_photos
from tests.attacks.reply import Reply
from tests.attacks.target import JSON, PATIENCE, Target
from tests.world import Process

PEOPLE = {
    "people": [
        {"id": "ada", "name": "Ada", "email": "ada@x", "roles": ["admin"]},
        {"id": "hana", "name": "Hana", "email": "hana@x", "roles": ["editor"]},
        {"id": "mallory", "name": "Mallory", "email": "mallory@x", "roles": ["contributor"]},
    ]
}
WORD = f"w{secrets.token_hex(6)}"  # what only the honest one's photos are called
PRIVATE, OWN = f"of-{WORD}", "mallorys"
RULES = {"rules": [{"folder": PRIVATE, "see": ["person:hana"]}, {"folder": OWN, "see": ["person:mallory"]}]}


@dataclass
class HonestWork:
    """What somebody does all the time in a thread of their own, how long each took, and what was wrong with it."""

    target: Target
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    questions: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._expected = self._look()
        assert self._expected[0] == len(self.target.photos), (
            f"{self._expected[0]} photos are found: {account_of(self.target, self.target.photos.values())}"
        )
        self._thread = threading.Thread(target=self._work)

    def __str__(self) -> str:
        middle, longest = statistics.median(self.seconds), max(self.seconds)
        return f"{len(self.seconds)} rounds of honest work, each in {middle:.2f} s, the longest in {longest:.2f} s"

    def __enter__(self) -> "HonestWork":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self._thread.join()

    def _work(self) -> None:
        while not self.done.is_set():
            began = time.monotonic()
            try:
                if (looked := self._look()) != self._expected:
                    self.faults.append(f"{looked}"[:2000])
                self._change(f"Title {len(self.seconds)}")
            except (AssertionError, OSError, ValueError, KeyError, httpx.HTTPError) as error:
                self.faults.append(f"{type(error).__name__}: {error}"[:2000])
            self.seconds.append(time.monotonic() - began)
            self.done.wait(0.2)

    def _look(self) -> list[Any]:
        """What is there, whatever others do."""
        target, id_ = self.target, self.target.photos["first.jpg"]
        found = target.search(q=WORD, fold="false", facets="true", status=[200]).json()
        record = target.send("GET", f"/api/photos/{id_}", status=[200]).json()
        counted = self._status().json()
        links = links_to(target, list(target.photos.values()))
        return [
            found["total"],
            sorted(each["id"] for each in found["photos"]),
            [record["path"], record["caption"], record["size_bytes"], record["etag"]],
            [counted[name] for name in ("indexed", "waiting", "failed", "trash")],
            httpx.get(links[id_], trust_env=False, timeout=PATIENCE).content,
        ]

    def _status(self) -> Reply:
        """What the app counts. Where storage answers it too late, as on a busy machine, it is asked again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            reply = self.target.send("GET", "/api/status", status=[200, 503])
            if reply.status == 200:
                return reply
            assert b"no answer within" in reply.body, reply.body
            assert time.monotonic() < deadline, reply.body
            time.sleep(0.5)

    def _change(self, title: str) -> None:
        """An edit, which is there at once, and by whom."""
        id_, body = self.target.photos["second.jpg"], json.dumps({"title": title}).encode()
        self.target.send("PATCH", f"/api/photos/{id_}", JSON, body, status=[200])
        edited = self.target.send("GET", f"/api/photos/{id_}", status=[200]).json()
        assert edited["title"] == title, f"{edited['title']} in place of {title}"

    def ask(self) -> None:
        """Ask the chat."""
        body = json.dumps({"messages": [{"role": "user", "content": f"Show me {WORD}"}]}).encode()
        self.target.send("POST", "/v1/chat/completions", JSON, body, status=[200])
        self.questions += 1


def as_somebody(app: Process, person: str, **options: Any) -> Target:
    """The app, asked with their token."""
    answer = httpx.post(f"{app.url}/.auth/local/token", data={"person": person}, trust_env=False)
    return Target(app.url, token=answer.json()["access_token"], **options)


def spent(admin: Target) -> dict[str, Any]:
    """What chats cost today, by whom."""
    return dict(admin.send("GET", "/api/status", status=[200]).json()["chat_today"])


def done_to(admin: Target, id_: str) -> Counter[str]:
    """Who has done something to a photo, by the audit log."""
    entries = admin.send("GET", f"/api/audit?photo={id_}&top=1000", status=[200]).json()["records"]
    return Counter(each["by"] for each in entries)


@dataclass
class TwoPeople:
    """The app as an admin, somebody honest and somebody hostile see it, each with photos that the other may not see."""

    admin: Target
    honest: Target
    hostile: Target

    def attack(self, attacks: Sequence[Attack]) -> tuple[list[Outcome], HonestWork]:
        """What came of each attack, and of the work of the honest one meanwhile."""
        senders = slow.start(self.hostile) if any(each.kind == "slow" for each in attacks) else None
        try:
            with HonestWork(self.honest) as work:
                work.ask()
                outcomes = [run(each, self.hostile) for each in attacks]
                work.ask()
        finally:
            if senders:
                senders.close()
        return outcomes, work

    def original(self) -> bytes:
        """The first of the honest one's files, as it is stored."""
        link = link_to(self.honest, self.honest.photos["first.jpg"])
        return httpx.get(link, trust_env=False, timeout=PATIENCE).content


@contextmanager
def two_people(app: Process) -> Iterator[TwoPeople]:
    """Both, with two photos each, under rules that hide them from each other."""
    admin, honest, hostile = (as_somebody(app, each) for each in ("ada", "hana", "mallory"))
    admin.send("PUT", "/api/access", JSON, json.dumps(RULES).encode(), status=[200])
    honest.folder = PRIVATE
    try:
        for seed, name in enumerate(("first.jpg", "second.jpg")):
            honest.photos[name] = upload(honest, name, jpeg(secrets.randbelow(10_000) + seed, title=f"{WORD} {seed}"))
        states = wait_for(honest, set(honest.photos.values()))
        assert set(states.values()) == {"indexed"}, f"{states}; {account_of(honest, honest.photos.values())}"
        with with_photos(hostile, OWN):
            hostile.neighbour, hostile.secrets = honest, (WORD, *honest.photos.values())
            yield TwoPeople(admin, honest, hostile)
    finally:
        for id_ in honest.photos.values():
            honest.send("DELETE", f"/api/photos/{id_}")
        admin.send("PUT", "/api/access", JSON, b'{"rules": []}', status=[200])
