"""The app with its page bundled, as it is deployed."""

import shutil
import subprocess
from pathlib import Path

from tests.machine import missing

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "web" / "bundle" / "build.mjs"


def bundled_app(folder: Path) -> Path:
    """An app below this folder which differs from ours in that it has the bundle and not its sources."""
    app = folder / "app"
    (app / "web").mkdir(parents=True)
    for name in ("function_app.py", "host.json", "catalogue", "ingest", "query", "shared"):
        (app / name).symlink_to(ROOT / name)
    for part in (ROOT / "web").iterdir():
        if part.name not in {"page", "bundle", "__pycache__"}:
            (app / "web" / part.name).symlink_to(part)
    bundle(app / "web" / "page" / "dist")
    return app


def bundle(target: Path) -> None:
    """What `make bundle` does."""
    node = shutil.which("node")
    if node is None or not (BUILD.parent / "node_modules").exists():
        missing("esbuild (`make bundle` installs it)")
    subprocess.run([node, BUILD, target], check=True)
