"""
Where people reach the app, where that is not where the app listens: the settings PUBLIC_URL and BASE_PATH.

A reverse proxy changes host, scheme and path of what it passes on, and the Functions host tells us only what the proxy
asked it for. So none of it is guessed from a request: it is believed as it is set here.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

PARTS = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PublicAddress:
    """`origin` as browsers write it, empty if it is not known; `base_path` such as `/photos`, empty at the root."""

    origin: str = ""
    base_path: str = ""

    @property
    def url(self) -> str:
        """What an address of ours begins with: a whole URL, or as much of its path as is known."""
        return self.origin + self.base_path

    @property
    def host(self) -> str:
        """The host name without its port, as in a `Host` header."""
        name = urlsplit(self.origin).hostname or ""
        return f"[{name}]" if ":" in name else name

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https:")


def public_address(environment: Mapping[str, str] = os.environ) -> PublicAddress:
    """The address that is set; an empty one if none is, or none that makes sense, which the settings report."""
    try:
        return parse_public_address(environment.get("PUBLIC_URL", ""), environment.get("BASE_PATH", ""))
    except ValueError:
        return PublicAddress()


@lru_cache(maxsize=8)
def parse_public_address(public_url: str, base_path: str) -> PublicAddress:
    """The address of both settings, where each may be empty; ValueError begins with the name of the one at fault."""
    origin, path = parse_public_url(public_url)
    base = parse_base_path(base_path)
    if path and base and path != base:
        raise ValueError(f"BASE_PATH: it is {base}, but PUBLIC_URL ends in {path}; leave one of them out")
    return PublicAddress(origin, base or path)


def parse_public_url(value: str) -> tuple[str, str]:
    """Origin and path of a URL, without the slash at its end."""
    text = value.strip().rstrip("/")
    if not text:
        return "", ""
    try:
        parts = urlsplit(text)
        origin = _origin(parts)
    except ValueError:
        origin = ""
    if not origin or not PARTS.fullmatch(parts.path) or re.search(r"[?#@\s]", text):
        raise ValueError("PUBLIC_URL: use an address such as https://example.org or https://example.org/photos")
    return origin, parts.path


def _origin(parts: SplitResult) -> str:
    """Scheme, host and port as browsers send them; empty if there are none."""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.removesuffix(".")
    is_default = parts.port in {None, DEFAULT_PORTS[parts.scheme]}
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{parts.port}")


def parse_base_path(value: str) -> str:
    """The path as the page needs it: with a slash before it and none behind."""
    text = value.strip().strip("/")
    path = f"/{text}" if text else ""
    if not PARTS.fullmatch(path):
        raise ValueError("BASE_PATH: use a path such as /photos, of letters, digits and -._~ between the slashes")
    return path
