"""
How a client of `/mcp` finds out where people sign in for it (RFC 9728), and what it must have been given leave to.

Where WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES names scopes, App Service authentication publishes
`/.well-known/oauth-protected-resource/mcp`, which names Entra ID
(learn.microsoft.com/azure/app-service/configure-authentication-mcp). The way there we have to tell ourselves, as
requests of nobody reach us. And we look at the scopes: the platform takes each token of Entra ID that is for this app,
also one that says only who has signed in.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

from shared.errors import InsufficientScope
from web.page_address import page_address
from web.platform_identity import PlatformPrincipal
from web.routes import Route

SETTING = "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES"
PROTECTED = {"mcp"}
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def where_to_sign_in(route: Route, request: Request) -> dict[str, str]:
    """The parameters of a challenge that lead a client to the sign-in; none where the platform publishes nothing."""
    scopes = _scopes(os.environ)
    if route.function not in PROTECTED or not scopes:
        return {}
    page = urlsplit(page_address(request))
    metadata = f"{page.scheme}://{page.netloc}{WELL_KNOWN}{page.path}{route.path}"
    return {"resource_metadata": metadata, "scope": " ".join(scopes)}


def require_scope(principal: PlatformPrincipal, route: Route, request: Request) -> None:
    """InsufficientScope for a person's token that does not let its client use the app. An app's own needs none."""
    where = where_to_sign_in(route, request)
    names = {each.rpartition("/")[2] for each in _scopes(os.environ)}
    if where and not principal.is_app and not names & principal.scopes:
        raise InsufficientScope(
            f"the token does not let its client use the photos: it needs the scope {' or '.join(sorted(names))}",
            where=where,
        )


def _scopes(environment: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(each.strip() for each in environment.get(SETTING, "").split(",") if each.strip())
