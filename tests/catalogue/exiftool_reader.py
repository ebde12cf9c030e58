"""What exiftool reads of files: the judge of what we write, as nothing in it is ours."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.machine import missing

EXIFTOOL = Path(__file__).parent / "exiftool/node_modules/exiftool-vendored.pl/bin/exiftool"


def read_tags(*files: Path) -> list[dict[str, Any]]:
    """The XMP of each file as `{"XMP-dc:Title": ...}`, numbers as they are and structures whole, in one run."""
    if not EXIFTOOL.exists():
        missing("exiftool (npm ci in tests/catalogue/exiftool)")
    command = ["perl", EXIFTOOL, "-j", "-n", "-G1", "-struct", "-a", "-XMP:all", "-warning", *files]
    process = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=True)
    tags = {each["SourceFile"]: each for each in json.loads(process.stdout)}
    return [tags[str(file)] for file in files]
