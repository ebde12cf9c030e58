"""
What somebody sees of the library: one filter for every query of the index, and the same question asked of a path.

`PhotoIndex` adds the filter to all it is asked, by `current_sight()`. What is not in the index (the trash, failures,
files, collections) is judged by its path. Admins and the app itself see everything.
"""

import functools
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

from shared.access.caller import current_caller
from shared.access.folder_clauses import granted_folders
from shared.access.in_force import RulesInForce, rules_in_force
from shared.access.roles import Role
from shared.access.rules import UNRULED, principals_of
from shared.errors import Outage
from shared.photo import Photo, photo_id
from shared.search.odata import among

P = ParamSpec("P")
R = TypeVar("R")

NOTHING = "id eq ''"  # a filter that no photo passes


class Sight(Protocol):
    """What somebody sees. `key` tells it from others', for what is kept by sight; `is_full` where nothing is hidden."""

    @property
    def key(self) -> str: ...

    @property
    def is_full(self) -> bool: ...

    def odata(self) -> str | None:
        """The filter of every query; None where nothing is hidden."""

    def sees_document(self, photo: Photo) -> bool:
        """Whether a document of the index, with its grants, passes the filter."""

    def sees(self, path: str, collections: Collection[str] = ()) -> bool:
        """Whether the photo at a path, which is in these collections, is seen, whether or not it is indexed."""

    def sees_folder(self, folder: str) -> bool:
        """Whether photos that lie in a folder itself are seen: what is uploaded there would be."""

    def sees_within(self, folder: str) -> bool:
        """Whether photos in a folder, or in any below it, may be seen."""


@dataclass(frozen=True)
class FullSight:
    """Everything."""

    key: str = "all"
    is_full: bool = True

    def odata(self) -> str | None:
        return None

    def sees_document(self, photo: Photo) -> bool:
        return True

    def sees(self, path: str, collections: Collection[str] = ()) -> bool:
        return True

    def sees_folder(self, folder: str) -> bool:
        return True

    def sees_within(self, folder: str) -> bool:
        return True


@dataclass(frozen=True)
class PhotosSight:
    """Certain photos, by their ids, and nothing else; `key` names whoever chose them."""

    ids: frozenset[str]
    key: str
    is_full: bool = field(default=False, init=False)

    def odata(self) -> str | None:
        return among(sorted(self.ids)) if self.ids else NOTHING

    def sees_document(self, photo: Photo) -> bool:
        return photo.id in self.ids

    def sees(self, path: str, collections: Collection[str] = ()) -> bool:
        return photo_id(path) in self.ids

    def sees_folder(self, folder: str) -> bool:
        return False

    def sees_within(self, folder: str) -> bool:
        return False


@dataclass(frozen=True)
class RuledSight:
    """What rules grant to these principals; until documents say so, what both these and the earlier ones grant."""

    in_force: RulesInForce
    principals: frozenset[str]
    is_full: bool = field(default=False, init=False)

    @property
    def key(self) -> str:
        return "\n".join([*(each.version for each in self.in_force.all), *sorted(self.principals)])

    def odata(self) -> str | None:
        return _odata(self.in_force, self.principals)

    def sees_document(self, photo: Photo) -> bool:
        rules, version = self.in_force.rules, photo.access_version
        if version != UNRULED and self.principals.isdisjoint(photo.visible_to):
            return False
        if version == rules.version:
            return True
        return bool(self.in_force.earlier) and rules.shows_folder(photo.folder, self.principals)

    def sees(self, path: str, collections: Collection[str] = ()) -> bool:
        """While documents follow new rules, collections count by the earlier ones alone, as in the filter."""
        earlier = self.in_force.earlier
        return self.in_force.rules.shows(path, () if earlier else collections, self.principals) and all(
            each.shows(path, collections, self.principals) for each in earlier
        )

    def sees_folder(self, folder: str) -> bool:
        return all(each.shows_folder(folder, self.principals) for each in self.in_force.all)

    def sees_within(self, folder: str) -> bool:
        return all(each.shows_within(folder, self.principals) for each in self.in_force.all)

    def knows_collection(self, id_: str, creator: str) -> bool:
        """Whether a rule shows a collection, or one of them has made it, whatever is in it."""
        return creator in self.principals or not self.principals.isdisjoint(
            self.in_force.rules.collections.get(id_, frozenset())
        )


FULL = FullSight()
_looks_for_itself: ContextVar[bool] = ContextVar("looks_for_itself", default=False)


def current_sight() -> Sight:
    """What may be shown to whom the work of now is for; Outage where the rules could never be read."""
    caller = current_caller()
    if _looks_for_itself.get() or (caller.sight is None and caller.role >= Role.ADMIN):
        return FULL
    if caller.sight is not None:
        return caller.sight
    in_force = rules_in_force()
    if not in_force.is_known:
        raise Outage("the rules of who sees which photos cannot be read now: try again in a moment")
    return RuledSight(in_force, principals_of(caller)) if in_force.hide else FULL


@contextmanager
def full_sight() -> Iterator[None]:
    """Within, the app looks at all photos for its own ends, and shows none of them to whom it works for."""
    token = _looks_for_itself.set(True)
    try:
        yield
    finally:
        _looks_for_itself.reset(token)


def in_full_sight(function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """The function, which looks at all photos for the app's own ends."""

    @functools.wraps(function)
    async def looking(*args: P.args, **kwargs: P.kwargs) -> R:
        with full_sight():
            return await function(*args, **kwargs)

    return looking


@functools.lru_cache(maxsize=256)
def _odata(in_force: RulesInForce, principals: frozenset[str]) -> str:
    """
    The documents that grant it. While some are of earlier rules, these must grant it as well as the folders of now.

    A document of no version is of a time without rules.
    """
    rules = in_force.rules
    names = sorted(principals & frozenset().union(*(each.principals for each in in_force.all)))
    granted = f"visible_to/any(each: search.in(each, '{','.join(names)}', ','))" if names else NOTHING
    is_current = f"access_version eq '{rules.version}'"
    if not in_force.earlier:
        return f"{is_current} and {granted}"
    unruled = "access_version eq null or access_version eq ''"
    if not rules.hide:
        return f"({unruled} or {granted})"
    return f"({granted} or {unruled}) and ({is_current} or {granted_folders(rules.folders, principals)})"
