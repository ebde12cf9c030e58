"""The settings of a laptop, for commands that run outside the Functions host."""

import json
import os
from pathlib import Path

LOCAL_SETTINGS = Path(__file__).parent.parent / "local.settings.json"


def load_local_settings() -> None:
    """Add the values of local.settings.json, if there is one, to the environment, which wins where it has its own."""
    if LOCAL_SETTINGS.exists():
        for name, value in json.loads(LOCAL_SETTINGS.read_text(encoding="utf-8"))["Values"].items():
            os.environ.setdefault(name, str(value))
