"""
What the page's service worker is told, and what browsers are told of it.

It keeps the files of the page for visits without a connection. Their names are put before its script, so that it
changes with them, and a browser that compares the two fetches what is new.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import PurePosixPath

SERVICE_WORKER = "serviceWorker.js"
KEPT = {".css", ".js", ".woff2"}
SHARE = "share"  # the page of a share has a folder and files of its own: it is not kept


def worker_script(source: bytes, names: Iterable[str], version: str, page: str) -> bytes:
    """The script for these files of the page; `version` is that in their addresses, `page` the digest of the page."""
    files = sorted(f"page/{version}/{name}" for name in names if _is_kept(PurePosixPath(name)))
    digest = hashlib.sha256(json.dumps([page, files]).encode() + source).hexdigest()[:12]
    return b"self.page = " + json.dumps({"version": digest, "files": files}).encode() + b";\n" + source


def _is_kept(name: PurePosixPath) -> bool:
    is_of_shares = SHARE in name.parts or name.name.startswith("sharePage")
    return name.suffix in KEPT and str(name) != SERVICE_WORKER and not is_of_shares


def worker_headers(base_path: str, picture_origin: str) -> dict[str, str]:
    """
    The scope is the whole page, and the browser asks for a newer one at each visit.

    The policy is the worker's own: it runs nothing else, and reaches the app and pictures. A sandbox would have no
    origin, and no worker.
    """
    reached = f"'self' {picture_origin}".strip()
    return {
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": f"{base_path}/",
        "Content-Security-Policy": f"default-src 'none'; connect-src {reached}; frame-ancestors 'none'",
    }
