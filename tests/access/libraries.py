"""Random libraries, rules and people, and who of them sees what: told once more, in other words than the app's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st

from shared.photo import Photo, folder_of, photo_id

FOLDERS = ("", "a", "a/b", "a/b/c", "ab", "café")
NAMES = ("one.jpg", "two.jpg", "three.jpg")
PRINCIPALS = ("everyone", "group:g1", "group:g2", "person:p1", "person:p2", "key:robot")
COLLECTIONS = ("c" * 32, "d" * 32)
WORDS = ("apple", "birch", "cedar", "daisy", "elder", "fern", "grape", "hazel", "ivy", "jasmine", "kale", "lotus",
         "mint", "nettle", "olive", "poppy", "quince", "rose")  # fmt: skip
PATHS = tuple(f"{folder}/{name}" if folder else name for folder in FOLDERS for name in NAMES)
WORD_OF = dict(zip(PATHS, WORDS, strict=True))

State = Literal["indexed", "waiting", "failing", "trashed"]


@dataclass(frozen=True)
class LibraryPhoto:
    """
    One file of a library: what has become of it, and which collections it is in.

    Its document may still be as the earlier rules made it, and it may have been edited, or moved here.
    """

    path: str
    state: State
    collections: tuple[str, ...] = ()
    is_late: bool = False
    is_edited: bool = False
    came_from: str = ""
    bytes_of: int = 0  # photos of one number have the same bytes

    @property
    def id(self) -> str:
        return photo_id(self.path)

    @property
    def is_own(self) -> bool:
        """Whether the person who asks has uploaded it."""
        return self.bytes_of % 2 == 0

    @property
    def word(self) -> str:
        """What only this photo is called."""
        return WORD_OF[self.path]

    def document(self, grants: dict[str, Any]) -> Photo:
        """Its document."""
        number = PATHS.index(self.path)
        return Photo(
            id=self.id,
            path=self.path,
            folder=folder_of(self.path),
            file_name=self.path.rpartition("/")[2],
            path_words=self.path.replace("/", " "),
            title=f"A picture called {self.word}",
            caption=f"A dog beside {self.word}, photographed by day",
            tags=["dog", self.word],
            keywords=[f"keyword {self.word}"],
            creators=[f"creator {number % 3}"],
            persons=[self.word],
            city=f"City {self.word}",
            country="Land",
            location=(20.0 + number, 5.0 * (number % 9)),
            camera=f"camera {number % 4}",
            taken_local=f"20{10 + number}-0{1 + number % 9}-01T10:00:00",
            taken_precision="second",
            taken_month=f"20{10 + number}-0{1 + number % 9}",
            sorted_at=f"20{10 + number}-0{1 + number % 9}-01T10:00:00Z",
            size_bytes=100 + number,
            digest=f"{self.bytes_of:064x}",
            perceptual_hash=f"{self.bytes_of * 7919 + 0xF0F0F0F0F0F0F0F0:016x}",
            etag='"1"',
            recipe="r" * 16,
            embedded_text="t" * 32,
            collections=list(self.collections),
            vector=[1.0 + number, 2.0, float(number % 5), 1.0],
            image_vector=[1.0, 2.0, 3.0 + number % 3, 1.0],
            image_recipe="images",
            **grants,
        )


@dataclass(frozen=True)
class Person:
    """Who asks."""

    id: str
    groups: frozenset[str]

    @property
    def names(self) -> set[str]:
        return {"everyone", f"person:{self.id}", *(f"group:{each}" for each in self.groups)}


@dataclass(frozen=True)
class Case:
    """A library, the rules of now and those before, and who asks. `earlier` is None where all documents follow."""

    photos: tuple[LibraryPhoto, ...]
    rules: tuple[dict[str, Any], ...]
    earlier: tuple[dict[str, Any], ...] | None
    person: Person

    @property
    def access_json(self) -> bytes:
        return json.dumps({"rules": self.rules}).encode()

    def is_hidden(self, photo: LibraryPhoto) -> bool:
        """Whether the person must not know of it."""
        if self.earlier is None:
            return not grants_by_hand(self.rules, photo, self.person)
        if photo.state == "indexed" and not photo.is_late:
            return not grants_by_hand(self.rules, photo, self.person)
        folders = [each for each in self.rules if "folder" in each]
        return not (
            grants_by_hand(self.earlier, photo, self.person)
            and grants_by_hand(folders, photo, self.person, bool(self.rules))
        )

    @property
    def hidden(self) -> list[LibraryPhoto]:
        return [each for each in self.photos if self.is_hidden(each)]


def grants_by_hand(
    rules: Sequence[dict[str, Any]], photo: LibraryPhoto, person: Person, are_rules: bool | None = None
) -> bool:
    """Whether any rule that counts for a photo names the person; everything is granted where there are no rules."""
    if not (bool(rules) if are_rules is None else are_rules):
        return True
    parts = folder_of(photo.path).split("/") if folder_of(photo.path) else []
    chains = ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
    of_folder: dict[str, Any] = next(
        (each for chain in chains for each in rules if each.get("folder") == chain), {"see": []}
    )
    of_collections = [each for each in rules if each.get("collection") in photo.collections]
    return any(person.names & set(each["see"]) for each in [of_folder, *of_collections])


def rules() -> st.SearchStrategy[tuple[dict[str, Any], ...]]:
    """A few rules, of each folder and collection at most one."""
    see = st.lists(st.sampled_from(PRINCIPALS), max_size=3, unique=True)
    folder = st.fixed_dictionaries({"folder": st.sampled_from(FOLDERS), "see": see})
    collection = st.fixed_dictionaries({"collection": st.sampled_from(COLLECTIONS), "see": see})
    several = st.lists(st.one_of(folder, folder, collection), min_size=1, max_size=5, unique_by=_about)
    return several.map(tuple)


def _about(rule: dict[str, Any]) -> str:
    return str(rule.get("folder", rule.get("collection")))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A library of a handful of photos, some of which somebody may not see."""
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=3, max_size=9, unique=True))
    free = [each for each in PATHS if each not in paths]
    photos = []
    for path in paths:
        state: State = draw(st.sampled_from(("indexed", "indexed", "indexed", "waiting", "failing", "trashed")))
        photos.append(
            LibraryPhoto(
                path,
                state,
                tuple(draw(st.lists(st.sampled_from(COLLECTIONS), unique=True, max_size=2))),
                is_late=draw(st.booleans()),
                is_edited=draw(st.booleans()),
                came_from=free.pop() if free and state == "indexed" and draw(st.booleans()) else "",
                bytes_of=draw(st.integers(1, 4)),
            )
        )
    groups = draw(st.frozensets(st.sampled_from(("g1", "g2")), max_size=2))
    now, earlier = draw(rules()), draw(st.one_of(st.none(), st.just(()), rules()))
    if sorted(now, key=str) == sorted(earlier or (), key=str):
        earlier = None
    return Case(tuple(photos), now, earlier, Person(draw(st.sampled_from(("p1", "p3"))), groups))
