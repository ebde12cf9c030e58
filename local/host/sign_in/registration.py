"""
The app's registration in Entra ID, as this host plays it: what it is called there, and what a token is asked for.

Entra ID compares `resource`, where a client sends it, with the Application ID URIs of a registration, byte for byte. A
token of version 2.0 is for the client id of the app, whichever of them was sent
(learn.microsoft.com/entra/agent-id/secure-mcp-server-with-entra-id).
"""

from aiohttp import web

TENANT = "00000000-0000-0000-0000-00000000cafe"
APP = "00000000-0000-0000-0000-00000000f070"
SCOPE = "user_impersonation"
APP_ID_URI = f"api://{APP}"
RESOURCE_PATH = "/mcp"  # the one that clients find by themselves
# What the platform's setting WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES is to be.
METADATA_SCOPES = f"{APP_ID_URI}/{SCOPE}"


def identifier_uris(origin: str) -> tuple[str, ...]:
    """The Application ID URIs of the app, where clients reach it at this origin."""
    return APP_ID_URI, origin + RESOURCE_PATH


def allowed_audiences(origin: str) -> tuple[str, ...]:
    """What a token may be for."""
    return APP, *identifier_uris(origin)


def origin_of(request: web.BaseRequest) -> str:
    """Scheme and host as the client knows them; whether that host is ours, others have to say."""
    scheme = "https" if _first(request.headers.get("X-Forwarded-Proto", "")) == "https" else request.scheme
    host = _first(request.headers.get("X-Forwarded-Host", "")) or request.headers.get("Host", "")
    return f"{scheme}://{host}".lower()


def _first(header: str) -> str:
    return header.partition(",")[0].strip()
