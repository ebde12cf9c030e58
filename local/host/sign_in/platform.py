"""
App Service authentication, as every request passes it:

    take away X-MS-CLIENT-PRINCIPAL... -> a token (Authorization: Bearer), or else a session (cookie) -> add it anew

As with the action `AllowAnonymous`, a request of nobody goes on without these headers. A token that is not valid is
refused before the app sees it. What a token allows a client to do is not looked at, as it is not by the platform.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from multidict import CIMultiDict

from local.foreign_requests import refusal
from local.host.http.responses import error_response, json_response, raw_path, raw_target
from local.host.sign_in.authorization_server import AuthorizationServer
from local.host.sign_in.messages import NO_STORE, form_of, page, query_of, see_other
from local.host.sign_in.page import sign_in_page, signed_out_page
from local.host.sign_in.people import Account, People, read_people
from local.host.sign_in.principal import principal_headers, who_am_i
from local.host.sign_in.protected_resource import challenge, is_metadata_path, resource_metadata
from local.host.sign_in.registration import APP, SCOPE, TENANT, allowed_audiences, origin_of
from local.host.sign_in.tokens import SECONDS, TokenClaims, Tokens

COOKIE = "AppServiceAuthSession"
_OWN_HEADERS = ("x-ms-client-principal", "x-ms-token-")
_UNKNOWN_BEARER = "This is no token of the sign-in for this app, or it has expired. A key goes into the header api-key."
# A client that nobody has registered: who runs this machine, at its command line.
_COMMAND_LINE = "00000000-0000-0000-0000-00000000c11e"


class InvalidToken(Exception):
    """The request brings a token that is none of ours, is for another app, or has expired."""


class SignInPlatform:
    """
    Signs people in from a file, which is read whenever it matters: a change holds at once.

    `scopes` are those of WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES; without any, no metadata of a resource is published.
    """

    def __init__(self, people_file: Path, allowed_hosts: Collection[str] = (), scopes: Sequence[str] = ()) -> None:
        self._file = people_file
        self._allowed_hosts = allowed_hosts
        self._scopes = scopes
        self._tokens = Tokens()
        self._entra = AuthorizationServer(self._tokens, self._people)
        self._people()  # a file with a fault ends the host before it listens

    def identify(self, request: web.BaseRequest) -> web.BaseRequest:
        """The request as the app gets it; InvalidToken for one that must not reach it."""
        found = self._find(request)
        items = request.headers.items()
        kept = [(name, _readable(value)) for name, value in items if not name.lower().startswith(_OWN_HEADERS)]
        return request.clone(headers=CIMultiDict([*kept, *(principal_headers(*found) if found else {}).items()]))

    def answers(self, path: str) -> bool:
        """Whether this path is the platform's own, so that the app never sees a request for it."""
        return path.split("/")[1].casefold() == ".auth" or (bool(self._scopes) and is_metadata_path(path))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer what `answers` says, where pages of other origins have nothing to look for."""
        path = raw_path(request)
        match request.method, path.casefold().strip("/").split("/")[1:]:
            case "GET", ["local", tenant, "oauth2", "v2.0", "authorize"] if tenant == TENANT:
                # Other sites send people here; what comes of it is decided on the page alone.
                headers = {name: value for name, value in request.headers.items() if name.lower() != "sec-fetch-site"}
                reason = refusal(CIMultiDict(headers), self._allowed_hosts)
            case _:
                reason = refusal(request.headers, self._allowed_hosts)
        if reason:
            return error_response(403, reason)
        if is_metadata_path(path):
            if request.method != "GET":
                return error_response(405, "The metadata is read with GET.", {"Allow": "GET"})
            return json_response(resource_metadata(origin_of(request), path, self._scopes))
        return await self._answer(request)

    def refuse_token(self, request: web.BaseRequest) -> web.Response:
        """The answer to a request with a token that is not taken."""
        is_ours = refusal(request.headers, self._allowed_hosts) is None
        where = challenge(origin_of(request), raw_path(request), has_metadata=bool(self._scopes) and is_ours)
        return error_response(401, _UNKNOWN_BEARER, {"WWW-Authenticate": where})

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, raw_path(request).casefold().strip("/").split("/")[1:]:
            case "GET", ["login", "local"]:
                target = _target(query_of(request).get("post_login_redirect_uri", ""))
                return page(sign_in_page(self._people(), target))
            case "GET", ["login", "aad"]:
                return see_other("/.auth/login/local?" + raw_target(request).partition("?")[2])
            case "POST", ["login", "local"]:
                return await self._sign_in(request)
            case "POST", ["local", "token"]:
                return await self._token(request)
            case _, ["local", tenant, *parts] if tenant == TENANT:
                return await self._entra.handle(request, parts)
            case "GET", ["logout"]:
                target = query_of(request).get("post_logout_redirect_uri", "")
                return _sign_out(_target(target, "/.auth/logout/complete"))
            case "GET", ["logout", "complete"]:
                return page(signed_out_page())
            case "GET", ["me" | "refresh" as name]:
                return self._me(request, name)
        return error_response(404, "The sign-in has nothing there.")

    def _find(self, request: web.BaseRequest) -> tuple[Account, TokenClaims] | None:
        """Who has sent a request, and the claims of the token or session it brings."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            claims = self._tokens.read(token.strip(), "access")
            if claims is None or claims.audience not in allowed_audiences(origin_of(request)):
                raise InvalidToken
            if (account := self._people().find(claims.id)) is None:
                raise InvalidToken
            return account, claims
        claims = self._tokens.read(request.cookies.get(COOKIE, ""), "session")
        account = self._people().find(claims.id) if claims else None
        return (account, claims) if account and claims else None

    def _people(self) -> People:
        return read_people(self._file)

    async def _sign_in(self, request: web.BaseRequest) -> web.Response:
        form = await form_of(request)
        person = self._people().person(form.get("person", ""))
        if person is None:
            return error_response(400, "There is no such person in the file.")
        response = see_other(_target(form.get("post_login_redirect_uri", "")))
        token = self._tokens.make(TokenClaims(person.id), "session")
        response.set_cookie(COOKIE, token, max_age=SECONDS["session"], httponly=True, samesite="Lax")
        return response

    async def _token(self, request: web.BaseRequest) -> web.Response:
        """
        What Entra ID would give a client for a person, or for itself.

        With other `audience`, `scope` or `seconds` it is one that the app or the platform has to refuse.
        """
        form = await form_of(request)
        account = self._people().find(form.get("person", ""))
        if account is None:
            return error_response(400, "Send the id of a person, or of an app, in the file: person=ID.")
        try:
            seconds = int(form.get("seconds", SECONDS["access"]))
        except ValueError:
            return error_response(400, "seconds is how long the token lasts: a number, which may be negative.")
        scope = form.get("scope", SCOPE) if account.email else ""
        claims = TokenClaims(account.id, form.get("audience", APP), scope, _COMMAND_LINE)
        token = self._tokens.make(claims, "access", seconds)
        return json_response({"access_token": token, "token_type": "Bearer", "expires_in": seconds})

    def _me(self, request: web.BaseRequest, name: str) -> web.Response:
        try:
            found = self._find(request)
        except InvalidToken:
            found = None
        if found is None:
            return web.Response(status=401)
        return web.json_response(who_am_i(*found), headers=NO_STORE) if name == "me" else web.Response()


def _readable(value: str) -> str:
    """A header's value; what is not UTF-8 in it is replaced, as aiohttp can copy nothing else."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _sign_out(target: str) -> web.Response:
    response = see_other(target)
    response.del_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def _target(address: str, default: str = "/") -> str:
    """Where to go on: only to this host."""
    parts = urlsplit(address.replace("\\", "/"))
    path = parts.path if parts.path.startswith("/") else ""
    if parts.scheme or parts.netloc or not path or path.startswith("//"):
        return default
    return path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
