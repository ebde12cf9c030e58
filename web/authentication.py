"""
Who may call a route, by the setting HTTP_AUTH:

    function   the host has checked a key of its own before we see the request: there is one role, admin
    key        the host lets everyone in, and we check our own keys, each with a role

`function_app.py` tells the host accordingly.
"""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from shared.access.caller import FUNCTION_KEY, NO_KEY, Caller
from shared.access.requirement import require_role
from shared.access.roles import ROLE_OF_RIGHT
from shared.api_keys import ApiKey, digest_key, find_key, is_mistyped
from shared.errors import Unauthenticated
from shared.services import Services, services
from web.routes import Route

KEY_HEADERS = ("api-key", "x-functions-key")
KEY_PARAMETER = "code"
WAYS = "in the header Authorization (Bearer), api-key or x-functions-key, or in the query as code"


async def authenticate(route: Route, request: Request) -> Caller:
    """The caller; Unauthenticated or InsufficientRights for one who may not call this route."""
    keys = take_keys(request)
    if route.anonymous:
        return NO_KEY
    clients = services()
    caller = await _caller(keys, clients) if clients.settings.http_auth == "key" else FUNCTION_KEY
    request.state.caller = caller  # so that a refusal can say whose it is
    require_role(caller, route.role)
    return caller


def take_keys(request: Request) -> set[str]:
    """The keys that a request brings. Those in its query are removed there, so that no error or log can repeat one."""
    bearer = [value.split(" ", 1) for value in request.headers.getlist("authorization")]
    keys = [parts[1].strip() for parts in bearer if parts[0].lower() == "bearer" and len(parts) > 1]
    keys += [value.strip() for name in KEY_HEADERS for value in request.headers.getlist(name)]
    return {*keys, *_take_from_query(request)} - {""}


def _take_from_query(request: Request) -> list[str]:
    """The keys in the query, which loses them. A query without any stays as it is, byte for byte."""
    parameters = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in parameters if name == KEY_PARAMETER]
    if keys:
        rest = [(name, value) for name, value in parameters if name != KEY_PARAMETER]
        request.scope["query_string"] = urlencode(rest, errors="surrogateescape").encode()
    return keys


async def _caller(keys: set[str], clients: Services) -> Caller:
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


async def _made_key(key: str, clients: Services) -> ApiKey | None:
    if is_mistyped(key):
        raise Unauthenticated("this key is not valid: it is mistyped or cut off")
    return find_key(digest_key(key), await clients.api_keys.recent())
