"""App settings: the environment first, then local.settings.json, names in any case."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CannotRun

_TOKEN = re.compile(r"%([^%]+)%")


@dataclass(frozen=True)
class Settings:
    """Names compare without case, as .NET configuration does; `:` and `__` mean the same."""

    values: Mapping[str, str]
    _folded: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folded", {_fold(name): value for name, value in self.values.items()})

    def get(self, name: str) -> str | None:
        """The value, or None where the setting is missing or empty."""
        return self.values.get(name) or self._folded.get(_fold(name)) or None

    def resolve(self, text: str, function: str) -> str:
        """Replace every %NAME%; a missing one is named together with its function."""
        return _TOKEN.sub(lambda match: self._value(match[1], text, function), text)

    def _value(self, name: str, text: str, function: str) -> str:
        value = self.get(name)
        if value is None:
            raise CannotRun(f"Function '{function}': '{text}' needs the setting '{name}', which is not set.")
        return value


@dataclass(frozen=True)
class LocalFile:
    """What local.settings.json says beyond the values themselves."""

    values: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    cors: tuple[str, ...] = ()
    cors_credentials: bool = False


def read_local_file(app: Path) -> LocalFile:
    """local.settings.json of the app folder; an absent one is an empty one."""
    content = read_object(app / "local.settings.json")
    if content.get("IsEncrypted") is True:
        raise CannotRun("local.settings.json is encrypted: run `func settings decrypt` in the app folder.")
    values = {name: _text(value) for name, value in content.get("Values", {}).items()}
    for name, value in content.get("ConnectionStrings", {}).items():
        text = value.get("ConnectionString", "") if isinstance(value, dict) else value
        values[f"ConnectionStrings__{name}"] = _text(text)
    host = content.get("Host", {})
    origins = tuple(origin.strip() for origin in str(host.get("CORS", "")).split(",") if origin.strip())
    return LocalFile(values, host.get("LocalHttpPort"), origins, bool(host.get("CORSCredentials", False)))


def environment(local: LocalFile, address: str, port: int) -> dict[str, str]:
    """The app's environment: what the machine sets wins over local.settings.json."""
    defaults = {
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "WEBSITE_HOSTNAME": f"{'localhost' if address == '127.0.0.1' else address}:{port}",
    }
    return {**defaults, **local.values, **os.environ}


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object from a file, {} where there is none."""
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CannotRun(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise CannotRun(f"{path} must hold a JSON object.")
    return content


def _fold(name: str) -> str:
    return name.replace(":", "__").casefold()


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
