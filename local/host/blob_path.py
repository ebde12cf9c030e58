"""The path of a blob trigger, such as photos/{folder}/{name}.jpg, and what a blob's name says by it."""

import re
from dataclasses import dataclass

from .errors import CannotRun

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|([{}])")
_CONTAINER = re.compile(r"\$root|\$web|[a-z0-9](?:-?[a-z0-9])+")


@dataclass(frozen=True)
class BlobPath:
    """`prefix` is how every matching name begins; the pattern is greedy and crosses slashes."""

    container: str
    prefix: str
    _pattern: re.Pattern[str]

    def match(self, name: str) -> dict[str, str] | None:
        """The values of the path's {tokens}, or None where the name does not match."""
        found = self._pattern.fullmatch(name)
        return found.groupdict() if found else None


def parse_blob_path(path: str, function: str) -> BlobPath:
    """Raises CannotRun for a path the real host refuses, too."""
    container, _, name = path.strip("/").partition("/")
    if not _CONTAINER.fullmatch(container):
        raise CannotRun(f"Function '{function}': the blob path '{path}' does not begin with a container's name.")
    if not name:
        return BlobPath(container, "", re.compile(r".+", re.DOTALL))
    try:
        prefix, pattern = _compile(name)
    except (ValueError, re.error) as error:
        raise CannotRun(f"Function '{function}': the blob path '{path}' is malformed: {error}") from None
    return BlobPath(container, prefix, re.compile(pattern, re.DOTALL))


def _compile(name: str) -> tuple[str, str]:
    prefix, pattern, literal = "", "", True
    for piece in _PIECE.finditer(name):
        token, text, stray = piece.groups()
        if stray:
            raise ValueError(f"'{stray}' stands alone")
        if token is not None:
            literal = False
            pattern += f"(?P<{_identifier(token)}>.*)"
            continue
        text = text or piece[0][0]
        pattern += re.escape(text)
        prefix += text if literal else ""
    return prefix, pattern


def _identifier(token: str) -> str:
    if not token.isidentifier():
        raise ValueError(f"'{{{token}}}' is not a name")
    return token
