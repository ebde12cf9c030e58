"""
Rules of who sees which photos: they only grant, by folder and by hand-made collection.

Of the rules of folders that a photo lies in, the one of the longest folder counts alone; those of its collections add
to it. Without rules everybody sees everything; with rules, what nobody grants is hidden.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.access.caller import Caller
from shared.photo import folder_of, is_photo_id

EVERYONE = "everyone"
PRINCIPAL = re.compile(r"everyone|(group|person|key):[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
MAX_RULES = 1000
MAX_PRINCIPALS = 500  # of one rule
MAX_BYTES = 500_000
MAX_FOLDER = 1000  # characters
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\]")
NO_NAMES = frozenset({"", ".", ".."})
PARTS = frozenset({"folder", "collection", "see"})
UNRULED = ""  # the version of a document, or of rules, where there are none
NO_ONE = "closed"  # the version of rules that cannot be read
WAY_OUT = 'write {"rules": [{"folder": "family", "see": ["group:ID", "person:ID", "key:NAME", "everyone"]}, ...]}'


@dataclass(frozen=True)
class Rule:
    """Who of `see` sees the photos of a folder, ``""`` is the top, or of a collection; one of both is None."""

    see: tuple[str, ...]
    folder: str | None = None
    collection: str | None = None


@dataclass(frozen=True)
class Rules:
    """All rules; where these cannot be read, `is_closed`: nobody sees anything but admins."""

    rules: tuple[Rule, ...] = ()
    is_closed: bool = field(default=False, kw_only=True)

    @property
    def hide(self) -> bool:
        """Whether anything may be hidden."""
        return self.is_closed or bool(self.rules)

    @cached_property
    def version(self) -> str:
        """What tells these rules from others; equal rules have the same, in whatever order."""
        if not self.hide:
            return UNRULED
        if self.is_closed:
            return NO_ONE
        named = ([each.folder is None, each.folder or each.collection or "", sorted(each.see)] for each in self.rules)
        parts = sorted(named)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @cached_property
    def folders(self) -> dict[str, frozenset[str]]:
        """Who sees the photos of each folder that has a rule."""
        return {each.folder: frozenset(each.see) for each in self.rules if each.folder is not None}

    @cached_property
    def collections(self) -> dict[str, frozenset[str]]:
        """Who sees the photos of each collection that has a rule."""
        return {each.collection: frozenset(each.see) for each in self.rules if each.collection is not None}

    @cached_property
    def principals(self) -> frozenset[str]:
        """All that any rule names."""
        return frozenset(principal for each in self.rules for principal in each.see)

    def grants_of(self, path: str, collections: Collection[str] = ()) -> tuple[str, ...]:
        """Who sees the photo at a path that is in these collections, in order; what a document says in `visible_to`."""
        grants = set(self._of_folder(folder_of(path)))
        for each in collections:
            grants |= self.collections.get(each, frozenset())
        return tuple(sorted(grants))

    def shows(self, path: str, collections: Collection[str], principals: Collection[str]) -> bool:
        """Whether any of these principals sees the photo at a path that is in these collections."""
        return not self.hide or not set(principals).isdisjoint(self.grants_of(path, collections))

    def shows_folder(self, folder: str, principals: Collection[str]) -> bool:
        """Whether any of these principals sees the photos that lie in a folder itself."""
        return not self.hide or not set(principals).isdisjoint(self._of_folder(folder))

    def shows_within(self, folder: str, principals: Collection[str]) -> bool:
        """The same for a folder or any below it."""
        if self.shows_folder(folder, principals):
            return True
        folder = spelt(folder)
        return any(is_within(each, folder) and not see.isdisjoint(principals) for each, see in self.folders.items())

    def _of_folder(self, folder: str) -> frozenset[str]:
        folder = spelt(folder)
        while folder not in self.folders and folder:
            folder = folder_of(folder)
        return self.folders.get(folder, frozenset())


NO_RULES = Rules()
CLOSED = Rules(is_closed=True)


def spelt(folder: str) -> str:
    """A folder as rules spell it: an accent of its own, as some systems write it, is the same letter."""
    return unicodedata.normalize("NFC", folder)


def is_within(folder: str, other: str) -> bool:
    """Whether a folder is another, or lies below it."""
    return not other or folder == other or folder.startswith(f"{other}/")


def principals_of(caller: Caller) -> frozenset[str]:
    """What rules may call a caller: `everyone`, and a person or a key by name; a person is in groups as well."""
    names = {EVERYONE, *(f"group:{each}" for each in caller.groups)}
    if caller.id:
        names.add(f"person:{caller.id}")
    elif " " not in caller.name:  # names with a space are ours
        names.add(f"key:{caller.name}")
    return frozenset(names)


def principal_of(caller: Caller) -> str:
    """What rules call this caller and nobody else; empty where they cannot."""
    return next((each for each in principals_of(caller) if each.startswith(("person:", "key:"))), "")


def parse_rules(content: bytes) -> Rules:
    """The rules in the content of `access.json`; ValueError says which rule is wrong, and what to do."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"the rules have {len(content):,} bytes, and {MAX_BYTES:,} is the most there can be")
    value = _json(content)
    if not isinstance(value, dict) or set(value) != {"rules"} or not isinstance(value["rules"], list):
        raise ValueError(f"this has no list of rules: {WAY_OUT}")
    if len(value["rules"]) > MAX_RULES:
        raise ValueError(f"there are {len(value['rules']):,} rules, and {MAX_RULES:,} is the most there can be")
    rules = [_parse_rule(number, each) for number, each in enumerate(value["rules"], 1)]
    _check_doubles(rules)
    return Rules(tuple(rules))


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not JSON: {error}") from error


def rules_record(rules: Rules) -> dict[str, Any]:
    """The rules as `access.json` has them."""
    return {"rules": [_rule_record(each) for each in rules.rules]}


def _rule_record(rule: Rule) -> dict[str, Any]:
    what = {"folder": rule.folder} if rule.collection is None else {"collection": rule.collection}
    return what | {"see": list(rule.see)}


def _parse_rule(number: int, value: Any) -> Rule:
    if not isinstance(value, dict) or set(value) - PARTS or ("folder" in value) == ("collection" in value):
        raise ValueError(f"rule {number} must have a folder or a collection, and `see`, and nothing else: {WAY_OUT}")
    see = _parse_principals(number, value.get("see"))
    if "folder" in value:
        return Rule(see, folder=_parse_folder(number, value["folder"]))
    collection = value["collection"]
    if not isinstance(collection, str) or not is_photo_id(collection):
        raise ValueError(
            f"rule {number}: {str(collection)[:60]!r} is not the id of a collection, which has 32 hexadecimal digits: "
            "GET /api/collections lists them"
        )
    return Rule(see, collection=collection)


def _parse_principals(number: int, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_PRINCIPALS:
        raise ValueError(
            f"rule {number} must say in `see` who sees it, as a list of at most {MAX_PRINCIPALS}: {WAY_OUT}"
        )
    for each in value:
        if not isinstance(each, str) or not PRINCIPAL.fullmatch(each):
            raise ValueError(
                f"rule {number}: {str(each)[:60]!r} is nobody: write everyone, group:ID, person:ID or key:NAME"
            )
    return tuple(dict.fromkeys(value))


def _parse_folder(number: int, value: Any) -> str:
    folder = spelt(value.strip("/")) if isinstance(value, str) else "."
    if len(folder) > MAX_FOLDER or NOT_TEXT.search(folder) or (folder and NO_NAMES & set(folder.split("/"))):
        raise ValueError(
            f'rule {number}: {str(value)[:60]!r} is not a folder: write its path, such as "2024/rome"; "" is the top'
        )
    return folder


def _check_doubles(rules: Sequence[Rule]) -> None:
    numbers: dict[tuple[str | None, str | None], int] = {}
    for number, each in enumerate(rules, 1):
        first = numbers.setdefault((each.folder, each.collection), number)
        if first != number:
            what = "folder" if each.collection is None else "collection"
            raise ValueError(f"rule {number} is of the same {what} as rule {first}: make one rule of both")
