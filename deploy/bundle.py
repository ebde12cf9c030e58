"""The staged page in few files, as `make bundle` builds it; without make and Node.js it is served as it is."""

import shutil
import subprocess
from pathlib import Path

AS_IT_IS = "the page is served as it is, in more requests"


def bundle_page(root: Path, page: Path) -> str:
    """Put the bundle in place of the sources in this folder; a sentence about what came of it."""
    make = shutil.which("make")
    if make is None or shutil.which("npm") is None:
        return f"{AS_IT_IS}: make and Node.js were not found"
    if subprocess.run([make, "bundle", f"TO={page / 'dist'}"], cwd=root, check=False).returncode:
        return f"{AS_IT_IS}: `make bundle` failed, as above"
    for source in page.iterdir():
        if source.is_dir() and source.name != "dist":
            shutil.rmtree(source)
        elif source.is_file():
            source.unlink()
    return "the page is bundled"
