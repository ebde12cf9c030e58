"""The values that `azd up` leaves behind, for commands that run on a person's machine and work on what it deployed."""

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.errors import SettingsError
from shared.local_settings import load_local_settings

AZD_FOLDER = Path(__file__).parent.parent / ".azure"
# Settings that name a service or its key. One that azd's environment lacks would otherwise be that of a laptop.
OF_SERVICES = ("PhotoStorage", "AzureWebJobsStorage", "OPENAI_", "AZURE_SEARCH_", "API_KEYS")
DEFAULTS = {
    "HTTP_AUTH": "key",  # of the template, where it is not that of the app
    # Whoever has signed in, not a machine's identity, which some networks answer for with a page of their own.
    "AZURE_TOKEN_CREDENTIALS": "dev",
}
LINE = re.compile(r"(?:export\s+)?(\w+)=(.*)")


@dataclass(frozen=True)
class AzdEnvironment:
    """An environment of azd, and what its template and its user have set."""

    name: str
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """One value; SettingsError if it is missing or empty."""
        if value := self.values.get(name):
            return value
        raise SettingsError(f"{name} is missing from the azd environment {self.name}: run azd provision first")


def add_azd_option(parser: argparse.ArgumentParser) -> None:
    """The option by which a command works on what azd deployed."""
    parser.add_argument(
        "--azd",
        action="store_true",
        default=argparse.SUPPRESS,
        help="work on what azd deployed (AZURE_ENV_NAME, or azd's default environment), not on local.settings.json",
    )


def load_settings(arguments: argparse.Namespace) -> None:
    """Put the settings into the environment: those of azd with `--azd`, else those of local.settings.json."""
    if getattr(arguments, "azd", False):
        use_azd_environment(read_azd_environment())
    else:
        load_local_settings()


def use_azd_environment(azd: AzdEnvironment) -> None:
    """Make its values the settings of this process, and say on stderr which services that means."""
    for name in [each for each in os.environ if each.startswith(OF_SERVICES)]:
        del os.environ[name]
    os.environ.update({**DEFAULTS, **azd.values})
    print(describe(azd), file=sys.stderr)


def describe(azd: AzdEnvironment) -> str:
    """Where a command reads and writes: storage, index and models."""
    storage = azd.values.get("PhotoStorage__blobServiceUri") or "the account of PhotoStorage"
    return (
        f"azd environment {azd.name}: storage {storage}, search {azd['AZURE_SEARCH_ENDPOINT']}, "
        f"models {azd['OPENAI_BASE_URL']}"
    )


def read_azd_environment(folder: Path | None = None, environment: Mapping[str, str] = os.environ) -> AzdEnvironment:
    """The environment that AZURE_ENV_NAME names, or azd's default one. Raises SettingsError where there is none."""
    folder = folder or AZD_FOLDER
    name = environment.get("AZURE_ENV_NAME") or _default_name(folder / "config.json")
    file = folder / name / ".env"
    try:
        return AzdEnvironment(name, parse_dotenv(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        others = ", ".join(sorted(each.parent.name for each in folder.glob("*/.env"))) or "none"
        raise SettingsError(
            f"there is no azd environment {name!r} here ({others} in {folder}): run azd up, "
            "choose one with azd env select, or get one back with azd env refresh"
        ) from None


def _default_name(config: Path) -> str:
    try:
        name = json.loads(config.read_text(encoding="utf-8"))["defaultEnvironment"]
    except (OSError, ValueError, KeyError, TypeError):
        name = ""
    if not name:
        raise SettingsError("no azd environment is chosen: run azd up, or azd env select, or set AZURE_ENV_NAME")
    return str(name)


def parse_dotenv(text: str) -> dict[str, str]:
    """The values of a file as azd writes it: a line each, in double quotes unless it is a number."""
    matches = (LINE.fullmatch(line.strip()) for line in text.splitlines())
    return {match[1]: _unquote(match[2].strip()) for match in matches if match}


def _unquote(value: str) -> str:
    if len(value) < 2 or value[0] != value[-1] or value[0] not in "'\"":
        return value
    if value[0] == "'":
        return value[1:-1]
    return re.sub(r"\\(.)", lambda escape: {"n": "\n", "r": "\r"}.get(escape[1], escape[1]), value[1:-1])
