"""
The rules in force in this process.

`shared/stores/access.py` puts them in force when it has read them, as the catalogue's are; before that nothing is known
of them, and nobody but admins sees photos. Until documents say what new rules grant, the earlier ones count as well:
what either hides is hidden.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from shared.access.rules import NO_RULES, Rules
from shared.photo import Photo


@dataclass(frozen=True, eq=False)
class RulesInForce:
    """The rules, and the `earlier` ones that documents may still be written by; they are known once they were read."""

    rules: Rules = NO_RULES
    earlier: tuple[Rules, ...] = ()
    is_known: bool = True

    @property
    def hide(self) -> bool:
        """Whether anything may be hidden."""
        return any(each.hide for each in self.all)

    @property
    def all(self) -> tuple[Rules, ...]:
        return (self.rules, *self.earlier)


_current = RulesInForce(is_known=False)


def rules_in_force() -> RulesInForce:
    """The rules that count now."""
    return _current


def put_rules_in_force(new: RulesInForce) -> None:
    """Let these rules count from now on."""
    global _current  # noqa: PLW0603 - one for each process, like its settings
    _current = new


def grants(path: str, collections: Collection[str]) -> dict[str, Any]:
    """What the document of a photo says of who sees it: the fields that follow from its path and collections."""
    rules = _current.rules
    return {"visible_to": list(rules.grants_of(path, collections)), "access_version": rules.version}


def has_current_grants(photo: Photo, collections: Collection[str]) -> bool:
    """Whether a document says what the rules say now of its path and these collections."""
    return grants(photo.path, collections) == {
        "visible_to": photo.visible_to,
        "access_version": photo.access_version,
    }
