"""
App Service authentication, as every request passes it:

    take away X-MS-CLIENT-PRINCIPAL... -> a token (Authorization: Bearer), or else a session (cookie) -> add it anew

As with the action `AllowAnonymous`, a request of nobody goes on without these headers. A token that is not valid is
refused before the app sees it.
"""

from collections.abc import Collection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from multidict import CIMultiDict

from local.foreign_requests import refusal
from local.host.http.responses import (
    RequestBodyTooLarge,
    error_response,
    json_response,
    raw_path,
    raw_target,
    read_body,
)
from local.host.sign_in.page import sign_in_page, signed_out_page
from local.host.sign_in.people import Account, People, read_people
from local.host.sign_in.principal import principal_headers, who_am_i
from local.host.sign_in.tokens import SECONDS, Tokens

COOKIE = "AppServiceAuthSession"
_OWN_HEADERS = ("x-ms-client-principal", "x-ms-token-")
_FORM_LIMIT = 10_000
_UNKNOWN_BEARER = "This is no token of the sign-in, or it has expired. A key of the app goes into the header api-key."
_NO_STORE = {"Cache-Control": "no-store"}


class InvalidToken(Exception):
    """The request brings a token that is none of ours, or has expired."""


class SignInPlatform:
    """Signs people in from a file, which is read whenever it matters: a change holds at once."""

    def __init__(self, people_file: Path, allowed_hosts: Collection[str] = ()) -> None:
        self._file = people_file
        self._allowed_hosts = allowed_hosts
        self._tokens = Tokens()
        self._people()  # a file with a fault ends the host before it listens

    def identify(self, request: web.BaseRequest) -> web.BaseRequest:
        """The request as the app gets it; InvalidToken for one that must not reach it."""
        account = self._account(request)
        items = request.headers.items()
        kept = [(name, _readable(value)) for name, value in items if not name.lower().startswith(_OWN_HEADERS)]
        return request.clone(headers=CIMultiDict([*kept, *(principal_headers(account) if account else {}).items()]))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer `/.auth/...`, where pages of other origins have nothing to look for."""
        if reason := refusal(request.headers, self._allowed_hosts):
            return error_response(403, reason)
        match request.method, raw_path(request).casefold().strip("/").split("/")[1:]:
            case "GET", ["login", "local"]:
                return _page(sign_in_page(self._people(), _target(_query(request, "post_login_redirect_uri"))))
            case "GET", ["login", "aad"]:
                return _see_other("/.auth/login/local?" + raw_target(request).partition("?")[2])
            case "POST", ["login", "local"]:
                return await self._sign_in(request)
            case "POST", ["local", "token"]:
                return await self._token(request)
            case "GET", ["logout"]:
                return _sign_out(_target(_query(request, "post_logout_redirect_uri"), "/.auth/logout/complete"))
            case "GET", ["logout", "complete"]:
                return _page(signed_out_page())
            case "GET", ["me" | "refresh" as name]:
                return self._me(request, name)
        return error_response(404, "The sign-in has nothing there.")

    def _account(self, request: web.BaseRequest) -> Account | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            id_ = self._tokens.read(token.strip(), "access")
            if id_ is None or (account := self._people().find(id_)) is None:
                raise InvalidToken
            return account
        id_ = self._tokens.read(request.cookies.get(COOKIE, ""), "session")
        return self._people().find(id_) if id_ else None

    def _people(self) -> People:
        return read_people(self._file)

    async def _sign_in(self, request: web.BaseRequest) -> web.Response:
        form = await _form(request)
        person = self._people().find(form.get("person", ""))
        if person is None or not person.email:
            return error_response(400, "There is no such person in the file.")
        response = _see_other(_target(form.get("post_login_redirect_uri", "")))
        token = self._tokens.make(person.id, "session")
        response.set_cookie(COOKIE, token, max_age=SECONDS["session"], httponly=True, samesite="Lax")
        return response

    async def _token(self, request: web.BaseRequest) -> web.Response:
        """What Entra ID would give a client for a person, or for itself."""
        account = self._people().find((await _form(request)).get("person", ""))
        if account is None:
            return error_response(400, "Send the id of a person, or of an app, in the file: person=ID.")
        token = self._tokens.make(account.id, "access")
        return json_response({"access_token": token, "token_type": "Bearer", "expires_in": SECONDS["access"]})

    def _me(self, request: web.BaseRequest, name: str) -> web.Response:
        try:
            account = self._account(request)
        except InvalidToken:
            account = None
        if account is None:
            return web.Response(status=401)
        return web.json_response(who_am_i(account), headers=_NO_STORE) if name == "me" else web.Response()


def invalid_token_response() -> web.Response:
    return error_response(401, _UNKNOWN_BEARER, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _readable(value: str) -> str:
    """A header's value; what is not UTF-8 in it is replaced, as aiohttp can copy nothing else."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _sign_out(target: str) -> web.Response:
    response = _see_other(target)
    response.del_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def _target(address: str, default: str = "/") -> str:
    """Where to go on: only to this host."""
    parts = urlsplit(address.replace("\\", "/"))
    path = parts.path if parts.path.startswith("/") else ""
    if parts.scheme or parts.netloc or not path or path.startswith("//"):
        return default
    return path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def _query(request: web.BaseRequest, name: str) -> str:
    return parse_qs(raw_target(request).partition("?")[2]).get(name, [""])[0]


async def _form(request: web.BaseRequest) -> dict[str, str]:
    try:
        body = await read_body(request, _FORM_LIMIT)
    except RequestBodyTooLarge:
        return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _page(html: str) -> web.Response:
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
    return web.Response(text=html, content_type="text/html", headers=headers | _NO_STORE)


def _see_other(address: str) -> web.Response:
    return web.Response(status=302, headers={"Location": address} | _NO_STORE)
