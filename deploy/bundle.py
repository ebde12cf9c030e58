"""The page in few files, built by `make bundle` where there is such a word; without it the page is served as it is."""

import re
import shutil
import subprocess
from pathlib import Path

WORD = re.compile(r"^bundle:", re.MULTILINE)


def build_bundle(root: Path) -> str:
    """Build web/page/dist, which the app prefers to the sources; a sentence about what came of it."""
    makefile = root / "Makefile"
    if not makefile.exists() or not WORD.search(makefile.read_text(encoding="utf-8")):
        return "the page is served as it is"
    make = shutil.which("make")
    if make is None or shutil.which("npm") is None:
        return "the page is served as it is, in more requests: make and Node.js were not found"
    subprocess.run([make, "bundle"], cwd=root, check=True)
    return "the page is bundled"
