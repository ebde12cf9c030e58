"""
Who may call a route, by the setting HTTP_AUTH:

    function   the host has checked a key of its own before we see the request: there is one role, admin
    key        the host lets everyone in, and we check our own keys, each with a role
    platform   as with `key`, and besides people and apps that App Service authentication lets in, each with a role

`function_app.py` tells the host accordingly. Who has signed in and sends a key of ours as well, is the key's holder: a
browser sends the session by itself, and a key only on purpose.
"""

import logging
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from shared.access.caller import FUNCTION_KEY, NO_KEY, Caller
from shared.access.requirement import require_role
from shared.access.role_mapping import role_of
from shared.access.roles import ROLE_OF_RIGHT
from shared.api_keys import ApiKey, digest_key, find_key, is_mistyped
from shared.errors import NoRole, Unauthenticated
from shared.services import Services, services
from shared.settings import Settings
from web.platform_identity import (
    SIGN_IN_IS_OFF,
    SIGN_OUT_ADDRESS,
    PlatformPrincipal,
    platform_is_on,
    read_principal,
    refuse_forged_identity,
    sign_in_address,
)
from web.protected_resource import require_scope, where_to_sign_in
from web.routes import Route

log = logging.getLogger(__name__)

KEY_HEADERS = ("api-key", "x-functions-key")
KEY_PARAMETER = "code"
WAYS = "in the header Authorization (Bearer), api-key or x-functions-key, or in the query as code"
MORE_GROUPS = (
    ". You are in more groups than a token names, so that none of them counts: an app role does, see docs/sign-in.md"
)
MAX_TOLD = 1000  # people; whoever comes after so many is told on the page and by /api/me alone
_told_of: set[str] = set()  # the ids of people without groups that the log of this instance was told of


@dataclass(frozen=True)
class Keys:
    """What may be the keys of a request: those after `Authorization: Bearer`, and those elsewhere."""

    bearer: frozenset[str]
    elsewhere: frozenset[str]


async def authenticate(route: Route, request: Request) -> Caller:
    """The caller; Unauthenticated, InsufficientRights or ForgedIdentity for one who may not call this route."""
    keys = take_keys(request)
    refuse_forged_identity(request.headers)
    if route.anonymous:
        return NO_KEY
    caller = await _caller(keys, route, request, services())
    request.state.caller = caller  # so that a refusal can say whose it is
    require_role(caller, route.role)
    return caller


async def _caller(keys: Keys, route: Route, request: Request, clients: Services) -> Caller:
    if clients.settings.http_auth == "function":
        return FUNCTION_KEY
    if clients.settings.http_auth == "key":
        return await _holder(keys.bearer | keys.elsewhere, clients)
    principal = read_principal(request.headers) if platform_is_on() else None
    if principal is None:
        sent = keys.bearer | keys.elsewhere
        return await _holder(sent, clients) if sent else _refuse_nobody(route, request)
    if keys.elsewhere:
        return await _holder(keys.elsewhere, clients)
    # What comes after Bearer is Entra's token then, which the platform has checked.
    if keys.bearer:
        require_scope(principal, route, request)
    return _person(principal, clients.settings)


def _person(principal: PlatformPrincipal, settings: Settings) -> Caller:
    """Who has signed in, with the highest of their roles."""
    if principal.has_more_groups:
        _log_more_groups(principal.id)
    role = role_of(principal.app_roles, principal.groups, settings.role_groups)
    if role is None:
        contact = f": ask {settings.access_contact}" if settings.access_contact else ": ask whoever runs this app"
        more = MORE_GROUPS if principal.has_more_groups else ""
        message = f"{principal.name!r} has signed in and has no role here{contact} for one{more}"
        raise NoRole(message, sign_out=SIGN_OUT_ADDRESS)
    return Caller(principal.name, role, principal.id, principal.groups)


def _log_more_groups(id_: str) -> None:
    """Once for each person, as they send many requests; who it is, the log need not know, as one mend helps all."""
    if id_ not in _told_of and len(_told_of) < MAX_TOLD:
        _told_of.add(id_)
        log.warning(
            "somebody has signed in who is in more groups than a token names: no group counts for them, neither for a "
            "role nor for the photos that rules show to groups; docs/sign-in.md says how to name only groups of the app"
        )


def take_keys(request: Request) -> Keys:
    """The keys that a request brings. Those in its query are removed there, so that no error or log can repeat one."""
    parts = [value.split(" ", 1) for value in request.headers.getlist("authorization")]
    bearer = [each[1].strip() for each in parts if each[0].lower() == "bearer" and len(each) > 1]
    elsewhere = [value.strip() for name in KEY_HEADERS for value in request.headers.getlist(name)]
    return Keys(frozenset(bearer) - {""}, frozenset((*elsewhere, *_take_from_query(request))) - {""})


def _take_from_query(request: Request) -> list[str]:
    """The keys in the query, which loses them. A query without any stays as it is, byte for byte."""
    parameters = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in parameters if name == KEY_PARAMETER]
    if keys:
        rest = [(name, value) for name, value in parameters if name != KEY_PARAMETER]
        request.scope["query_string"] = urlencode(rest, errors="surrogateescape").encode()
    return keys


async def _holder(keys: frozenset[str], clients: Services) -> Caller:
    """Whose key this is: one from the settings, or one that was made."""
    if not keys:
        raise Unauthenticated(f"a key is missing: send one {WAYS}", reason="")
    if len(keys) > 1:
        raise Unauthenticated("the request brings two different keys: send one, in one place")
    [key] = keys
    match = find_key(digest_key(key), clients.settings.api_keys) or await _made_key(key, clients)
    if match is None:
        raise Unauthenticated("this key is not valid: it is wrong, or was revoked")
    return Caller(match.name, ROLE_OF_RIGHT[match.right])


def _refuse_nobody(route: Route, request: Request) -> NoReturn:
    if not platform_is_on():
        raise Unauthenticated(f"{SIGN_IN_IS_OFF}; send a key of the app", reason="")
    message = f"nobody has signed in: do so at {sign_in_address()}, or send a token of Entra ID or a key of the app"
    where = where_to_sign_in(route, request)
    raise Unauthenticated(message, reason="", sign_in=sign_in_address(), where=where)


async def _made_key(key: str, clients: Services) -> ApiKey | None:
    if is_mistyped(key):
        raise Unauthenticated("this key is not valid: it is mistyped or cut off")
    return find_key(digest_key(key), await clients.api_keys.recent())
