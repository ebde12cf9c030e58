"""
The keys that the real host asks for, read from files such as it keeps itself.

    SECRETS/host.json         masterKey, functionKeys and systemKeys, each with its name and value
    SECRETS/FUNCTION.json     keys: those of one function

The master key opens everything; a function key opens functions, or only its own; a system key opens the webhook of
its extension. The header x-functions-key counts before `code` in the query; no other place does.
"""

import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from local.host.errors import HostStartupError
from local.host.function_metadata import FunctionMetadata
from local.host.http.responses import raw_path, raw_target
from local.host.settings import read_json_object

_EXTENSION_KEYS = ("blobs_extension", "eventgrid_extension")
_OPEN = {"/admin/host/ping"}


@dataclass(frozen=True)
class FunctionKeys:
    """Decides by its key whether a request is answered."""

    master: str
    functions: tuple[str, ...]
    systems: dict[str, str]
    own: dict[str, tuple[str, ...]]

    def admits_to_function(self, request: web.BaseRequest, function: FunctionMetadata) -> bool:
        """Whether the function's level needs no key, or the request brings one of its own, of all, or the master."""
        level = str(function.trigger.data.get("authLevel", "FUNCTION")).upper()
        if level == "ANONYMOUS":
            return True
        keys = (*self.functions, *self.own.get(function.name.casefold(), ())) if level == "FUNCTION" else ()
        return _is_one_of(_key_of(request), (self.master, *keys))

    def admits_to_host(self, request: web.BaseRequest) -> bool:
        """Whether the host's own endpoints answer: /admin to the master key, a webhook to its system key as well."""
        path = raw_path(request).casefold().rstrip("/")
        if path in _OPEN:
            return True
        extension = f"{path.split('/')[3]}_extension" if path.startswith("/runtime/webhooks/") else ""
        return _is_one_of(_key_of(request), (self.master, self.systems.get(extension, "")))


def read_function_keys(folder: Path) -> FunctionKeys:
    """The keys in a folder; a first host.json is written for its owner's eyes only."""
    file = folder / "host.json"
    if not file.exists():
        _create(file)
    try:
        content = read_json_object(file)
        own = {
            each.stem.casefold(): tuple(_values(read_json_object(each)["keys"]).values())
            for each in folder.glob("*.json")
            if each != file
        }
        return FunctionKeys(
            str(content["masterKey"]["value"]),
            tuple(_values(content["functionKeys"]).values()),
            _values(content["systemKeys"]),
            own,
        )
    except (KeyError, TypeError) as error:
        raise HostStartupError(f"The keys in {folder} cannot be read: {error!r} is missing or wrong.") from None


def _create(file: Path) -> None:
    content = {
        "masterKey": _new_key("master"),
        "functionKeys": [_new_key("default")],
        "systemKeys": [_new_key(name) for name in _EXTENSION_KEYS],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)


def _new_key(name: str) -> dict[str, Any]:
    return {"name": name, "value": secrets.token_urlsafe(40), "encrypted": False}


def _values(keys: list[dict[str, Any]]) -> dict[str, str]:
    return {str(each["name"]): str(each["value"]) for each in keys}


def _key_of(request: web.BaseRequest) -> str:
    header = request.headers.get("x-functions-key")
    if header is not None:
        return header
    return parse_qs(raw_target(request).partition("?")[2]).get("code", [""])[0]


def _is_one_of(key: str, valid: Iterable[str]) -> bool:
    matches = [hmac.compare_digest(key.encode("utf-8", "surrogateescape"), each.encode()) for each in valid if each]
    return bool(key) and any(matches)
