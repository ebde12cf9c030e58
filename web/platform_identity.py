"""
Who has signed in, as App Service authentication says it.

Where it is on, every request passes it first. It takes away what a client sends as `X-MS-CLIENT-PRINCIPAL`, checks the
session's cookie or Entra's token, and sets the header itself, to the base64 of

    {"auth_typ": "aad", "name_typ": TYPE, "role_typ": TYPE, "claims": [{"typ": TYPE, "val": TEXT}, ...]}

(learn.microsoft.com/azure/app-service/configure-authentication-user-identities). Where it is off, whatever arrives
under that name was sent by a client. WEBSITE_AUTH_ENABLED says which it is: "Read-only. Injected into a Windows or
Linux app to indicate whether App Service authentication is enabled" (.../azure/app-service/reference-app-settings).
The Functions host goes by it as well: `EnvironmentSettingNames.EasyAuthEnabled` in Azure/azure-functions-host.
"""

import base64
import binascii
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers

from shared.errors import ForgedIdentity, Unauthenticated

HEADER = "x-ms-client-principal"  # and -id, -name and -idp, which say part of it
MAX_HEADER = 65_536  # as long as all headers together may be anywhere
MAX_NAME = 200
# The platform gives some claims their long names of SAML, and others the short ones of the token.
SCHEMAS = "http://schemas.microsoft.com"
SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
IDS = ("oid", f"{SCHEMAS}/identity/claims/objectidentifier")
ROLES = ("roles", f"{SCHEMAS}/ws/2008/06/identity/claims/role")
GROUPS = ("groups", f"{SCHEMAS}/ws/2008/06/identity/claims/groups")
CLIENTS = ("azp", "appid")  # which has the token, of an access token; an ID token has neither
SCOPES = ("scp", f"{SCHEMAS}/identity/claims/scope")
# Those first that a tenant has only once, and that people cannot choose themselves.
NAMES = ("preferred_username", "upn", f"{SOAP}/upn", "unique_name", f"{SOAP}/emailaddress", f"{SOAP}/name", "name")
APP_NAMES = ("app_displayname", "azp", "appid")
# What a token has in place of more groups than fit: 200, or 150 of SAML, or 6 where it travels in an address.
OVERAGE = ("hasgroups", "groups:src1")

SIGN_OUT_ADDRESS = "/.auth/logout"
SIGN_IN_IS_OFF = "nobody can sign in: HTTP_AUTH=platform needs App Service authentication, which is off here"


@dataclass(frozen=True)
class PlatformPrincipal:
    """
    A person, or an app that acts for itself, by its object id in Entra ID.

    `has_more_groups`: they are in more than a token names, so that `groups` is empty. `scopes` are what a person lets
    the client do that has their token; an app that acts for itself (`is_app`) has none, and nor has a session.
    """

    id: str
    name: str
    app_roles: frozenset[str]
    groups: frozenset[str]
    has_more_groups: bool = False
    scopes: frozenset[str] = frozenset()
    is_app: bool = False


def platform_is_on(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether requests pass App Service authentication before they reach us."""
    return environment.get("WEBSITE_AUTH_ENABLED", "").strip().lower() == "true"


def sign_in_address() -> str:
    """Where people sign in; the platform's own addresses are those of the host, whatever the page's path."""
    provider = "local" if os.environ.get("WEBSITE_AUTH_DEFAULT_PROVIDER") == "local" else "aad"
    return f"/.auth/login/{provider}"


def refuse_forged_identity(headers: Headers) -> None:
    """ForgedIdentity for a request that says who has signed in, where nobody has checked that."""
    if not platform_is_on() and (names := sorted(name for name in headers if name.startswith(HEADER))):
        raise ForgedIdentity(
            f"the request brings {names[0][:100]}, which only the sign-in of App Service may set, and that is off here"
        )


def read_principal(headers: Headers) -> PlatformPrincipal | None:
    """Who has signed in; None if nobody has, and Unauthenticated if what the platform says cannot be understood."""
    match headers.getlist(HEADER):
        case []:
            return None
        case [text]:
            return _principal(_decode(text))
        case _:
            raise _unreadable("it comes twice")


def _decode(text: str) -> dict[str, Any]:
    if len(text) > MAX_HEADER:
        raise _unreadable("it is too large")
    try:
        padding = "=" * (-len(text) % 4)
        content = json.loads(base64.b64decode(text + padding, validate=True).decode())
    except (binascii.Error, ValueError, RecursionError):
        raise _unreadable("it is not JSON in base64") from None
    if not isinstance(content, dict) or not isinstance(content.get("claims"), list):
        raise _unreadable("it has no claims")
    if content.get("auth_typ") != "aad":
        raise _unreadable("it is not of Entra ID")
    return content


def _principal(content: dict[str, Any]) -> PlatformPrincipal:
    claims = _claims(content["claims"])
    id_ = next(iter(_values(claims, IDS)), "").strip()
    if not id_ or len(id_) > MAX_NAME:
        raise _unreadable("it has no object id")
    names = _values(claims, (*NAMES, str(content.get("name_typ")), *APP_NAMES))
    scopes = frozenset(name for each in _values(claims, SCOPES) for name in each.split())
    more = any(each in claims for each in OVERAGE) or any('"groups"' in each for each in claims.get("_claim_names", ()))
    return PlatformPrincipal(
        id_,
        next((name for each in names if (name := _printable(each))), id_),
        frozenset(_values(claims, (*ROLES, str(content.get("role_typ"))))),
        frozenset(_values(claims, GROUPS)),
        more,
        scopes,
        bool(_values(claims, CLIENTS)) and not scopes,
    )


def _claims(items: list[Any]) -> dict[str, list[str]]:
    """The values of each kind of claim; what is no claim grants nothing."""
    claims: dict[str, list[str]] = {}
    for each in items:
        if isinstance(each, dict) and isinstance(kind := each.get("typ"), str) and isinstance(each.get("val"), str):
            claims.setdefault(kind, []).append(each["val"])
    return claims


def _values(claims: Mapping[str, list[str]], kinds: Iterable[str]) -> list[str]:
    return [value for kind in kinds for value in claims.get(kind, ())]


def _printable(name: str) -> str:
    return "".join(each for each in name if each.isprintable()).strip()[:MAX_NAME]


def _unreadable(reason: str) -> Unauthenticated:
    return Unauthenticated(f"the platform's header X-MS-CLIENT-PRINCIPAL cannot be read: {reason}")
