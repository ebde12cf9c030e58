"""App settings: the environment first, then local.settings.json, with names in any case."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.host.errors import HostStartupError
from local.host.sign_in.registration import METADATA_SCOPES

_TOKEN = re.compile(r"%([^%]+)%")


@dataclass(frozen=True)
class HostSettings:
    """Names compare without case, as in .NET configuration; `:` and `__` mean the same."""

    values: Mapping[str, str]
    _by_folded_name: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_folded_name = {_fold_name(name): value for name, value in self.values.items()}
        object.__setattr__(self, "_by_folded_name", by_folded_name)

    def get(self, name: str) -> str | None:
        """The value, or None if the setting is missing or empty."""
        return self.values.get(name) or self._by_folded_name.get(_fold_name(name)) or None

    def resolve(self, text: str, function: str) -> str:
        """Replace every %NAME%; HostStartupError names a missing setting and the function that needs it."""
        return _TOKEN.sub(lambda match: self._required(match[1], text, function), text)

    def _required(self, name: str, text: str, function: str) -> str:
        value = self.get(name)
        if value is None:
            raise HostStartupError(f"Function '{function}': '{text}' needs the setting '{name}', which is not set.")
        return value


@dataclass(frozen=True)
class LocalSettingsFile:
    """The contents of local.settings.json that the host uses."""

    values: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    cors: tuple[str, ...] = ()
    cors_credentials: bool = False


def read_local_settings(app: Path) -> LocalSettingsFile:
    """Read local.settings.json from the app folder; a missing file counts as an empty one."""
    content = read_json_object(app / "local.settings.json")
    if content.get("IsEncrypted") is True:
        raise HostStartupError("local.settings.json is encrypted: run `func settings decrypt` in the app folder.")
    values = {name: _to_text(value) for name, value in content.get("Values", {}).items()}
    for name, value in content.get("ConnectionStrings", {}).items():
        connection_string = value.get("ConnectionString", "") if isinstance(value, dict) else value
        values[f"ConnectionStrings__{name}"] = _to_text(connection_string)
    host = content.get("Host", {})
    origins = tuple(origin.strip() for origin in str(host.get("CORS", "")).split(",") if origin.strip())
    return LocalSettingsFile(values, host.get("LocalHttpPort"), origins, bool(host.get("CORSCredentials", False)))


def app_environment(
    local_settings: LocalSettingsFile, address: str, port: int, *, signs_in: bool = False
) -> dict[str, str]:
    """
    The app's environment variables: those of this process win over local.settings.json.

    Whether App Service authentication is on only the platform says, which this host plays or does not.
    """
    defaults = {
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "WEBSITE_HOSTNAME": f"{'localhost' if address == '127.0.0.1' else address}:{port}",
        "WEBSITE_CORS_ALLOWED_ORIGINS": ",".join(local_settings.cors),
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES": METADATA_SCOPES if signs_in else "",
    }
    sign_in = {"WEBSITE_AUTH_ENABLED": str(signs_in), "WEBSITE_AUTH_DEFAULT_PROVIDER": "local" if signs_in else ""}
    return {**defaults, **local_settings.values, **os.environ, **sign_in}


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON object from a file, or {} if there is no file."""
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise HostStartupError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise HostStartupError(f"{path} must contain a JSON object.")
    return content


def _fold_name(name: str) -> str:
    return name.replace(":", "__").casefold()


def _to_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
