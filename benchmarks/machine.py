"""What figures were measured on: the machine, how busy it was, and the versions of what ran."""

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
AZURITE = ROOT / "local" / "node_modules" / "azurite" / "package.json"
PACKAGES = (
    "azure-functions", "azure-search-documents", "azure-storage-blob", "azure-storage-queue", "numpy", "onnxruntime",
    "openai", "pillow", "pydantic", "tantivy", "uvicorn",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """The processor's model, cores, memory in GB and the system."""
    return {
        "processor": processor_model(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
    }


def processor_model(source: Path = Path("/proc/cpuinfo")) -> str:
    """As Linux names it, or else as Python does."""
    if source.exists():
        for line in source.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def load(seconds: float = 1.0) -> dict[str, float]:
    """
    The load of the last minute, and how much of all cores is busy now (0 to 1).

    The former still holds what ended a moment ago; the latter is watched for so many seconds.
    """
    return {"load": round(os.getloadavg()[0], 2), "busy": round(psutil.cpu_percent(seconds) / 100, 3)}


def versions() -> dict[str, str]:
    """Python, the app's commit, the main packages and Azurite; those that are not there are left out."""
    found = {"python": platform.python_version(), "app": commit()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if AZURITE.exists():
        found["azurite"] = json.loads(AZURITE.read_text(encoding="utf-8"))["version"]
    return found


def commit() -> str:
    """The commit that is checked out, and whether files differ from it; empty outside of a repository."""
    try:
        head = _git("rev-parse", "--short=10", "HEAD")
        changes = _git("status", "--porcelain", "--untracked-files=no", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head} with changes" if changes else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
