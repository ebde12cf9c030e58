"""What each operation of Azure AI Search takes: definitions are managed, and documents are data."""

import re

from local.identity.access import Permission

SERVICE = "Microsoft.Search/searchServices"
INDEX = re.compile(r"/indexes(?:\('(?P<quoted>[^']*)'\)|/(?P<plain>[^/(]+))?(?P<rest>/.*)?")
WRITES = {"/docs/search.index", "/docs/index"}
VERBS = {"GET": "read", "PUT": "write", "POST": "write", "DELETE": "delete"}


def search_permission(method: str, path: str) -> Permission | None:
    """What a request takes; None where there is no such operation."""
    verb = VERBS.get(method)
    if verb is None or path.startswith("/__"):
        return None
    match = INDEX.fullmatch(path)
    if match is None:
        kind = path.strip("/").split("/")[0].split("(")[0]
        return _permission("search", "read" if kind == "servicestats" else f"{kind}/{verb}")
    name, rest = match["quoted"] or match["plain"], match["rest"] or ""
    scope = f"search/indexes/{name}" if name else "search"
    if rest.startswith("/docs"):
        return _permission(scope, f"indexes/documents/{'write' if rest in WRITES else 'read'}")
    return _permission(scope, f"indexes/{'read' if rest else verb}")  # below an index: statistics, analyze


def _permission(scope: str, action: str) -> Permission:
    return Permission(scope, ((f"{SERVICE}/{action}",),))
