"""What people have done, as far as they were told: what the audit holds the library to."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ingest.image import Limits, prepare
from shared.photo import folder_of

Kind = Literal["photo", "broken"]
Period = tuple[float, float]  # from and to, in seconds since 1970
LIMITS = Limits(pixels=10**8, frames=100, memory=10**9, preview_side=1024, thumbnail_side=320)
PRIVATE = "private"  # the folder that not everybody sees
STRANGER = "mallory"  # who does not


def is_private(path: str) -> bool:
    return folder_of(path).partition("/")[0] == PRIVATE


@dataclass(frozen=True)
class Content:
    """Bytes that somebody uploads; `preview` is the digest of what a model is shown of them."""

    data: bytes
    kind: Kind = "photo"
    digest: str = ""
    preview: str = ""

    @classmethod
    def of(cls, data: bytes, kind: Kind = "photo") -> "Content":
        preview = prepare(data, name="", limits=LIMITS).preview if kind == "photo" else b""
        return cls(data, kind, hashlib.sha256(data).hexdigest(), hashlib.sha256(preview).hexdigest())


@dataclass
class PathRecord:
    """
    One path: the digests of which one is there, None for no file, and the titles of which it has one.

    There is one of each where all requests were answered. `trashed` is the digest of what must wait in the trash.
    `is_open` is False once an answer left open what was done: nobody touches that path again.
    """

    contents: set[str | None] = field(default_factory=lambda: {None})
    titles: set[str | None] = field(default_factory=lambda: {None})
    trashed: str | None = None
    may_be_trashed: bool = False
    is_open: bool = True

    @property
    def digest(self) -> str | None:
        """What is there, where that is certain."""
        return next(iter(self.contents)) if len(self.contents) == 1 else None

    @property
    def title(self) -> str | None:
        return next(iter(self.titles)) if len(self.titles) == 1 else None


@dataclass
class Ledger:
    """All paths and contents, and when descriptions may have been deleted or their payment lost."""

    paths: dict[str, PathRecord] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)
    ends: dict[str, list[Period]] = field(default_factory=dict)  # by digest: when it may have gone for good
    replaced: set[str] = field(default_factory=set)  # digests whose description may stay for a week
    private: set[str] = field(default_factory=set)  # digests that were in the private folder
    public: set[str] = field(default_factory=set)
    disturbances: list[Period] = field(default_factory=list)  # in which an answer of the model may have been lost
    titles: int = 0
    done: Counter[str] = field(default_factory=Counter)  # how often what was done
    lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, path: str) -> PathRecord:
        with self.lock:
            return self.paths.setdefault(path, PathRecord())

    def content(self, data: bytes, kind: Kind = "photo") -> Content:
        content = Content.of(data, kind)
        with self.lock:
            return self.contents.setdefault(content.digest, content)

    def new_title(self) -> str:
        with self.lock:
            self.titles += 1
            return f"Title {self.titles} of somebody"

    def _count(self, what: str) -> None:
        with self.lock:
            self.done[what] += 1

    def begin_upload(self, path: str, content: Content) -> None:
        """Before the request: from now on, the bytes may be described, and those that were there be replaced."""
        with self.lock:
            (self.private if is_private(path) else self.public).add(content.digest)
            self.replaced |= {each for each in self.paths.setdefault(path, PathRecord()).contents if each}

    def uploaded(self, path: str, content: Content) -> None:
        self._count("uploaded")
        self.at(path).contents = {content.digest}

    def edited(self, path: str, title: str) -> None:
        self._count("edited")
        self.at(path).titles = {title}

    def deleted(self, path: str) -> None:
        """Through the app: the file waits in the trash."""
        self._count("deleted")
        record = self.at(path)
        record.trashed, record.contents, record.may_be_trashed = record.digest, {None}, True

    def erased(self, path: str, since: float) -> None:
        """Not through the app: what people wrote waits, if the photo was searchable, or its words go as well."""
        self._count("erased")
        record = self.at(path)
        self.ended(record.contents, since)
        if record.title is None:
            record.titles = {None}
        record.contents, record.may_be_trashed = {None}, True

    def restored(self, path: str) -> None:
        self._count("restored")
        record = self.at(path)
        record.contents, record.trashed = {record.trashed}, None
        record.may_be_trashed = False

    def purged(self, path: str, since: float) -> None:
        """Deleted for good. Where another file is there by now, what people wrote is that file's."""
        self._count("purged")
        record = self.at(path)
        self.ended({record.trashed}, since)
        record.trashed, record.may_be_trashed = None, False
        if record.contents == {None}:
            record.titles = {None}

    def moved(self, path: str, new_path: str) -> None:
        self._count("moved")
        old, new = self.at(path), self.at(new_path)
        new.contents, new.titles = old.contents, old.titles
        old.contents, old.titles = {None}, {None}
        with self.lock:
            (self.private if is_private(new_path) else self.public).update(each for each in new.contents if each)

    def left_open(self, path: str, *contents: str | None, titles: Iterable[str | None] = ()) -> None:
        """An answer left open what was done: any of these may be there now, or what was there before."""
        self._count("left_open")
        record = self.at(path)
        record.contents |= set(contents)
        record.titles |= set(titles)
        record.trashed, record.may_be_trashed, record.is_open = None, True, False
        self.ended(record.contents, time.time())

    def ended(self, digests: Iterable[str | None], since: float) -> None:
        """The description of these bytes may have been deleted between a time and now."""
        with self.lock:
            for each in digests:
                if each:
                    self.ends.setdefault(each, []).append((since, time.time()))

    def disturbed(self, since: float, until: float) -> None:
        with self.lock:
            self.disturbances.append((since, until))

    def open_paths(self, folder: str) -> list[str]:
        """The paths below a folder whose state is certain, sorted."""
        with self.lock:
            items = list(self.paths.items())
        return sorted(path for path, record in items if record.is_open and path.startswith(f"{folder}/"))
