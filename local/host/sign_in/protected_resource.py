"""
Where a client learns who gives out tokens for the app (RFC 9728), as App Service authentication tells it where
WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES is set: a document for every path, which nobody has to sign in for.
"""

from collections.abc import Sequence
from typing import Any

from local.host.sign_in.registration import TENANT

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def is_metadata_path(path: str) -> bool:
    """Whether a path is that of the document of some resource."""
    return path == WELL_KNOWN or path.startswith(f"{WELL_KNOWN}/")


def issuer(origin: str) -> str:
    """Who makes the tokens: Entra ID is at another host, and here at the same, below the sign-in's own path."""
    return f"{origin}/.auth/local/{TENANT}/v2.0"


def read_scopes(setting: str | None) -> tuple[str, ...]:
    """The scopes that the platform's setting names, with commas between."""
    return tuple(each.strip() for each in (setting or "").split(",") if each.strip())


def resource_metadata(origin: str, path: str, scopes: Sequence[str]) -> dict[str, Any]:
    """The document for what is at `path` without the well-known part."""
    return {
        "resource": origin + path.removeprefix(WELL_KNOWN),
        "authorization_servers": [issuer(origin)],
        "scopes_supported": list(scopes),
    }


def challenge(origin: str, path: str, *, has_metadata: bool) -> str:
    """The WWW-Authenticate header for a token that is not taken."""
    where = f', resource_metadata="{origin}{WELL_KNOWN}{path.rstrip("/")}"' if has_metadata else ""
    return f'Bearer error="invalid_token"{where}'
