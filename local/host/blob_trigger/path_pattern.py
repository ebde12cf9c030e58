"""The path of a blob trigger, such as photos/{folder}/{name}.jpg, and the values a blob's name has for it."""

import re
from dataclasses import dataclass

from local.host.errors import HostStartupError

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|([{}])")
_CONTAINER_NAME = re.compile(r"\$root|\$web|[a-z0-9](?:-?[a-z0-9])+")


@dataclass(frozen=True)
class BlobPathPattern:
    """`prefix` is how every matching name begins; the pattern is greedy and crosses slashes."""

    container: str
    prefix: str
    _pattern: re.Pattern[str]

    def match(self, name: str) -> dict[str, str] | None:
        """The values of the path's {tokens}, or None if the name does not match."""
        match = self._pattern.fullmatch(name)
        return match.groupdict() if match else None

    def match_blob(self, container: str, name: str) -> dict[str, str] | None:
        """The same, and None for a blob of another container, which Event Grid may report as well."""
        return self.match(name) if container == self.container else None


def parse_path_pattern(path: str, function: str) -> BlobPathPattern:
    """Raises HostStartupError for the paths that the real host refuses too."""
    container, _, name = path.strip("/").partition("/")
    if not _CONTAINER_NAME.fullmatch(container):
        raise HostStartupError(f"Function '{function}': the blob path '{path}' does not begin with a container name.")
    if not name:
        return BlobPathPattern(container, "", re.compile(r".+", re.DOTALL))
    try:
        prefix, pattern = _compile(name)
    except (ValueError, re.error) as error:
        raise HostStartupError(f"Function '{function}': the blob path '{path}' is malformed: {error}") from None
    return BlobPathPattern(container, prefix, re.compile(pattern, re.DOTALL))


def _compile(name: str) -> tuple[str, str]:
    prefix, pattern, only_literals = "", "", True
    for piece in _PIECE.finditer(name):
        token, text, stray_brace = piece.groups()
        if stray_brace:
            raise ValueError(f"'{stray_brace}' stands alone")
        if token is not None:
            only_literals = False
            pattern += f"(?P<{_identifier(token)}>.*)"
            continue
        text = text or piece[0][0]
        pattern += re.escape(text)
        prefix += text if only_literals else ""
    return prefix, pattern


def _identifier(token: str) -> str:
    if not token.isidentifier():
        raise ValueError(f"'{{{token}}}' is not a name")
    return token
