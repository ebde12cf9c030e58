"""People who search and ask meanwhile."""

import random
import threading
from dataclasses import dataclass

from tests.soak.client import Client
from tests.soak.ledger import PRIVATE, STRANGER


@dataclass
class Reader:
    """Somebody who searches and asks all the time, and looks that nobody is told what is hidden from them."""

    client: Client
    chance: random.Random
    stopped: threading.Event
    searches: int = 0

    def work(self) -> None:
        while not self.stopped.wait(self.chance.uniform(0, 0.6)):
            if self.chance.random() < 0.2:
                messages = [{"role": "user", "content": "Which pictures of colours are there, and in which folders?"}]
                answer = self.client.once("POST", "/v1/chat/completions", json={"messages": messages})
            else:
                query = {"q": self.chance.choice(["colours", "title of somebody", "", "private"]), "top": 100}
                mode = self.chance.choice(["hybrid", "keyword", "vector"])
                answer = self.client.once("GET", "/api/search", params={**query, "mode": mode, "facets": "true"})
            self.searches += answer is not None and answer.status_code == 200
            if answer is not None and self.client.name == STRANGER and f"{PRIVATE}/" in answer.text:
                self.client.findings.add(f"{STRANGER} was told of a hidden photo: {answer.text[:300]}")
