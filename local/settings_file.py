"""local.settings.json: made on the first run, readable by its owner alone, and told where it holds old defaults on."""

import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAMPLE_SETTINGS_FILE = ROOT / "local.settings.sample.json"
SETTINGS_FILE = ROOT / "local.settings.json"
OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Defaults of earlier versions, which the sample listed with all others: name -> (old, ..., new).
CHANGED_DEFAULTS = {"MAX_PHOTO_PIXELS": ("100000000", "250000000"), "VECTOR_WEIGHT": ("3", "50", "65")}


def prepare_settings_file(say: Callable[[str], None]) -> None:
    """
    Copy the sample to local.settings.json on the first run; after that, the file is the owner's.

    Only its rights are changed, where others could read the keys in it. What it says stays: old defaults may be meant.
    """
    try:
        # Born with these rights: between writing and changing them, others could read it.
        descriptor = os.open(SETTINGS_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _close_to_others(say)
        _name_old_defaults(say)
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(SAMPLE_SETTINGS_FILE.read_bytes())


def _close_to_others(say: Callable[[str], None]) -> None:
    mode = stat.S_IMODE(SETTINGS_FILE.stat().st_mode)
    if not mode & OTHERS:
        return
    try:
        SETTINGS_FILE.chmod(mode & ~OTHERS)
    except OSError as error:
        say(f"others can read the keys in {SETTINGS_FILE.name}, and that cannot be changed: {error.strerror}")
    else:
        say(f"{SETTINGS_FILE.name} can be read by you alone now: others could read the keys in it")


def _name_old_defaults(say: Callable[[str], None]) -> None:
    values = read_values(SETTINGS_FILE)
    for name, (*old, new) in CHANGED_DEFAULTS.items():
        if (value := values.get(name)) in old:
            say(
                f"{SETTINGS_FILE.name} sets {name} to {value}, which was its default once; now that is {new}. "
                "Delete the line, unless you mean it"
            )


def read_values(path: Path) -> Mapping[str, str]:
    """The app settings in a file of this kind; SystemExit says what is wrong with it."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["Values"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"{path.name} cannot be read: {error}. Fix it, or delete it to start from the sample"
        ) from None
    return {name: str(value) for name, value in values.items()}
