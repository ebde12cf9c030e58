"""People at work: each has folders of their own, and writes into the ledger what they were told was done."""

import random
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from azure.core.exceptions import AzureError, ResourceNotFoundError

from shared.photo import photo_id
from tests.soak.client import Client, GaveUp
from tests.soak.ledger import PRIVATE, Content, Ledger
from tests.world import World, picture

POOL = 12  # contents of a person that occur more than once
MOST = 60  # files of a person; beyond that, they delete rather than upload
DONE = {200, 201, 202}
NAME = "{folder}/{number:05}.jpg"


@dataclass
class Person:
    """Somebody who uploads, overwrites, edits, moves and deletes photos, one after the other."""

    number: int
    world: World
    ledger: Ledger
    client: Client
    chance: random.Random
    stopped: threading.Event
    pause: float = 0.2  # seconds between two actions
    _names: int = 0
    _contents: int = 0

    @property
    def folders(self) -> list[str]:
        return [f"people/{self.number}", f"{PRIVATE}/{self.number}"]

    def work(self) -> None:
        """Do one thing after the other until it is time to stop."""
        while not self.stopped.wait(self.chance.uniform(0, 2 * self.pause)):
            action = self._choose()
            try:
                action()
            except GaveUp:
                return
            except Exception:  # a fault of this program, which must not pass for a success
                self.client.findings.add(traceback.format_exc(limit=4)[-600:])
                return

    def _choose(self) -> Callable[[], None]:
        count = sum(len(self.ledger.open_paths(each)) for each in self.folders)
        growing = [(self.upload, 5), (self.drop, 3), (self.upload_broken, 1), (self.add_companion, 1)]
        others = [(self.overwrite, 3), (self.edit, 5), (self.delete, 2), (self.erase, 1), (self.restore, 1)]
        others += [(self.purge, 2), (self.move, 2)]
        choices = others if count > MOST else growing + others
        actions, weights = zip(*choices, strict=True)
        return self.chance.choices(actions, weights)[0]  # type: ignore[no-any-return]

    # -- files in -------------------------------------------------------------------------

    def upload(self) -> None:
        self.put(self._new_path(), self._some_content())

    def overwrite(self) -> None:
        if path := self._some_path(lambda record: record.digest is not None):
            self.put(path, self._some_content())

    def upload_broken(self) -> None:
        self.put(self._new_path(), self.ledger.content(f"no picture {self._next()}".encode(), "broken"))

    def add_companion(self) -> None:
        """A file that programs leave, or a sidecar of a photo."""
        folder = self.chance.choice(self.folders)
        if self.chance.random() < 0.3:
            self.put(f"{folder}/{self._next()}/Thumbs.db", self.ledger.content(b"thumbs", "broken"))
            return
        path = f"{folder}/beside/{self._next()}.jpg"
        self.put(path, self._some_content())
        sidecar = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- {self._next()} --></x:xmpmeta>'
        self.put(f"{path}.xmp", self.ledger.content(sidecar.encode(), "broken"))

    def drop(self) -> None:
        """As by azcopy: straight into the container."""
        path, content = self._new_path(), self._some_content()
        self.ledger.begin_upload(path, content)
        self._in_storage(lambda: self.world.drop(path, content.data))
        self.ledger.uploaded(path, content)

    def put(self, path: str, content: Content) -> None:
        self.ledger.begin_upload(path, content)
        try:
            answer, _ = self.client.send("PUT", f"/api/photos/{quote(path)}", content=content.data)
        except GaveUp:
            self.ledger.left_open(path, content.digest)
            raise
        if answer.status_code in DONE:
            self.ledger.uploaded(path, content)
        else:
            self.client.findings.add(f"an upload was answered with {answer.status_code}: {answer.text[:200]}")
            self.ledger.left_open(path, content.digest)

    # -- words ----------------------------------------------------------------------------

    def edit(self) -> None:
        path = self._some_path(lambda record: record.digest is not None)
        if not path or not self._is_searchable(path):
            return
        title = self.ledger.new_title()
        try:
            answer, is_first = self.client.send("PATCH", f"/api/photos/{photo_id(path)}", json={"title": title})
        except GaveUp:
            self.ledger.left_open(path, titles=[title])
            raise
        if answer.status_code in DONE:
            self.ledger.edited(path, title)
        elif not is_first:
            self.ledger.left_open(path, titles=[title])

    # -- files out ------------------------------------------------------------------------

    def delete(self) -> None:
        path = self._some_path(lambda record: record.digest is not None)
        if not path or not self._is_searchable(path):
            return
        try:
            answer, is_first = self.client.send("DELETE", f"/api/photos/{photo_id(path)}")
        except GaveUp:
            self.ledger.left_open(path, None)
            raise
        if answer.status_code in DONE:
            self.ledger.deleted(path)
        elif not is_first:
            self.ledger.left_open(path, None)

    def erase(self) -> None:
        """Straight out of the container, with or without the event that tells of it."""
        path = self._some_path(lambda record: record.digest is not None)
        if not path:
            return
        since = time.time()
        self._in_storage(lambda: self._delete_blob(path))
        self.ledger.erased(path, since)
        if self.chance.random() < 0.5:
            subject = f"/blobServices/default/containers/photos/blobs/{path}"
            self._in_storage(lambda: self.world.queue("photo-deleted").send_message(f'{{"subject": "{subject}"}}'))

    def restore(self) -> None:
        path = self._some_path(lambda record: record.trashed is not None and record.digest is None)
        if not path:
            return
        try:
            answer, is_first = self.client.send("POST", f"/api/trash/{photo_id(path)}/restore")
        except GaveUp:
            self.ledger.left_open(path, self.ledger.at(path).trashed)
            raise
        if answer.status_code in DONE:
            self.ledger.restored(path)
        elif not is_first:
            self.ledger.left_open(path, self.ledger.at(path).trashed)
        else:
            self.client.findings.add(f"a restore was answered with {answer.status_code}: {answer.text[:200]}")

    def purge(self) -> None:
        path = self._some_path(lambda record: record.trashed is not None)
        if not path:
            return
        since = time.time()
        try:
            answer, is_first = self.client.send("DELETE", f"/api/trash/{photo_id(path)}")
        except GaveUp:
            self.ledger.left_open(path, titles=[None])
            raise
        if answer.status_code in DONE or (answer.status_code == 404 and not is_first):
            self.ledger.purged(path, since)
        else:
            self.client.findings.add(f"a purge was answered with {answer.status_code}: {answer.text[:200]}")

    def move(self) -> None:
        path = self._some_path(lambda record: record.digest is not None and record.trashed is None)
        if not path or not self._is_searchable(path):
            return
        new, digest, title = self._new_path(), self.ledger.at(path).digest, self.ledger.at(path).title
        try:
            answer, is_first = self.client.send("POST", f"/api/photos/{photo_id(path)}/move", json={"path": new})
        except GaveUp:
            self._left_open_move(path, new, digest, title)
            raise
        if answer.status_code in DONE:
            self.ledger.moved(path, new)
        elif not is_first:
            self._left_open_move(path, new, digest, title)

    def _left_open_move(self, path: str, new: str, digest: str | None, title: str | None) -> None:
        self.ledger.left_open(path, None, titles=[None])
        self.ledger.left_open(new, digest, titles=[title])

    # -- what they choose from ------------------------------------------------------------

    def _next(self) -> int:
        self._names += 1
        return self._names

    def _new_path(self) -> str:
        return NAME.format(folder=self.chance.choice(self.folders), number=self._next())

    def _some_content(self) -> Content:
        """Often one that is there already under another name, or was there before."""
        if self.chance.random() < 0.4:
            return self.ledger.content(picture(self.number * 100_000 + self.chance.randrange(POOL)))
        self._contents += 1
        return self.ledger.content(picture(self.number * 100_000 + POOL + self._contents))

    def _some_path(self, condition: Callable[..., bool]) -> str | None:
        paths = [path for folder in self.folders for path in self.ledger.open_paths(folder)]
        fitting = [each for each in paths if each.count("/") == 2 and condition(self.ledger.at(each))]
        return self.chance.choice(fitting) if fitting else None

    def _is_searchable(self, path: str) -> bool:
        answer = self.client.once("GET", f"/api/photos/{photo_id(path)}")
        return answer is not None and answer.status_code == 200

    # -- storage, as other programs use it ------------------------------------------------

    def _delete_blob(self, path: str) -> None:
        with suppress(ResourceNotFoundError):
            self.world.photos.delete_blob(path)

    def _in_storage(self, work: Callable[[], object]) -> None:
        while True:
            try:
                work()
            except AzureError as error:
                if time.monotonic() > self.client.deadline:
                    raise GaveUp(str(error)) from error
                time.sleep(1)
            else:
                return
