"""
Entra ID, as clients that act for people meet it:

    metadata -> authorize (a person chooses who to be) -> back to the client with a code -> token -> another token

It keeps to what Entra ID does: no client registers itself, PKCE is not announced (and here S256 is demanded),
`resource` must be an Application ID URI of the app that has the scopes, and localhost may have any port. Its refusals
have Entra's numbers where those are known.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import web

from local.host.http.responses import error_response
from local.host.sign_in.messages import NO_STORE, form_of, page, query_of, see_other
from local.host.sign_in.page import consent_page, refusal_page
from local.host.sign_in.people import People, RegisteredClient
from local.host.sign_in.protected_resource import issuer
from local.host.sign_in.registration import APP, SCOPE, TENANT, identifier_uris, origin_of
from local.host.sign_in.tokens import SECONDS, TokenClaims, Tokens

ABOUT_PEOPLE = {"openid", "profile", "email", "offline_access"}  # scopes that are no API's
CODE_SECONDS = 600
_ENDPOINTS = f"/.auth/local/{TENANT}/oauth2/v2.0"
_MISMATCH = "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes."


class OAuthRefusal(Exception):
    """A request that gets an error of RFC 6749 or RFC 8707, and why in words."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class PendingCode:
    """What was agreed on by somebody who was sent back with a code; `expires` is in seconds of the clock."""

    person: str
    client: str
    redirect_uri: str
    challenge: str
    may_refresh: bool
    expires: float


class AuthorizationServer:
    """Gives tokens to clients of the file; codes are kept until they are used or have expired."""

    def __init__(self, tokens: Tokens, people: Callable[[], People]) -> None:
        self._tokens = tokens
        self._people = people
        self._codes: dict[str, PendingCode] = {}

    async def handle(self, request: web.BaseRequest, parts: Sequence[str]) -> web.StreamResponse:
        """Answer what is below `/.auth/local/TENANT/`; `parts` are the parts of that path."""
        match request.method, list(parts):
            case "GET", ["v2.0", ".well-known", "openid-configuration"]:
                return web.json_response(metadata(origin_of(request)))
            case "GET", ["oauth2", "v2.0", "authorize"]:
                return self._authorize(request, query_of(request), None)
            case "POST", ["oauth2", "v2.0", "authorize"]:
                form = await form_of(request)
                return self._authorize(request, form, form.pop("person", ""))
            case "POST", ["oauth2", "v2.0", "token"]:
                return await self._token(request)
        return error_response(404, "Entra ID has nothing there.")

    def _authorize(self, request: web.BaseRequest, asked: Mapping[str, str], person: str | None) -> web.Response:
        """The page, and once somebody has chosen there, the way back; an error goes to no address that is not known."""
        client = self._people().client(asked.get("client_id", ""))
        if client is None:
            return page(refusal_page("AADSTS700016: There is no such client; one cannot register itself here."), 400)
        if not client.takes_back_to(address := asked.get("redirect_uri", "")):
            return page(refusal_page("AADSTS50011: The redirect_uri is none of those that the client has."), 400)
        try:
            may_refresh = _check_authorization(asked, identifier_uris(origin_of(request)))
            if person is None:
                return page(consent_page(self._people(), client, f"{_ENDPOINTS}/authorize", asked))
            back = {"code": self._code(person, client, asked, may_refresh=may_refresh)}
        except OAuthRefusal as refusal:
            back = {"error": refusal.error, "error_description": refusal.description}
        state = {"state": asked["state"]} if "state" in asked else {}
        return see_other(f"{address}{'&' if '?' in address else '?'}{urlencode(back | state)}")

    def _code(self, person: str, client: RegisteredClient, asked: Mapping[str, str], *, may_refresh: bool) -> str:
        if self._people().person(person) is None:
            raise OAuthRefusal("access_denied", "There is no such person in the file.")
        now = time.monotonic()
        self._codes = {code: each for code, each in self._codes.items() if each.expires > now}
        code = secrets.token_urlsafe(32)
        self._codes[code] = PendingCode(
            person, client.id, asked["redirect_uri"], asked["code_challenge"], may_refresh, now + CODE_SECONDS
        )
        return code

    async def _token(self, request: web.BaseRequest) -> web.Response:
        form = await form_of(request)
        try:
            client = self._authenticated_client(request, form)
            match form.get("grant_type"):
                case "authorization_code":
                    person, may_refresh = self._redeem(client, form)
                case "refresh_token":
                    person, may_refresh = self._refreshed(client, form), True
                case _:
                    raise OAuthRefusal("unsupported_grant_type", "AADSTS70003: Ask by a code or a refresh token.")
            _check_resource(form, identifier_uris(origin_of(request)))
        except OAuthRefusal as refusal:
            content = {"error": refusal.error, "error_description": refusal.description}
            status = 401 if refusal.error == "invalid_client" else 400
            return web.json_response(content, status=status, headers=NO_STORE)
        return web.json_response(self._tokens_for(person, client, may_refresh=may_refresh), headers=NO_STORE)

    def _authenticated_client(self, request: web.BaseRequest, form: Mapping[str, str]) -> RegisteredClient:
        """The client, by its secret where it has one: in the form, or as Basic authentication."""
        id_, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            id_, secret = _basic(credentials)
        client = self._people().client(id_)
        if client is None:
            raise OAuthRefusal("invalid_client", "AADSTS700016: There is no such client.")
        if secret and not client.secret:
            raise OAuthRefusal("invalid_client", "AADSTS700025: The client is public, so it must not send a secret.")
        if not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise OAuthRefusal("invalid_client", "AADSTS7000215: The client's secret is missing or wrong.")
        return client

    def _redeem(self, client: RegisteredClient, form: Mapping[str, str]) -> tuple[str, bool]:
        """Whose code it is, and whether more tokens may follow. A code is good for one attempt."""
        pending = self._codes.pop(form.get("code", ""), None)
        if pending is None or pending.expires <= time.monotonic():
            raise OAuthRefusal("invalid_grant", "AADSTS54005: The code was used, has expired, or was made up.")
        if (pending.client, pending.redirect_uri) != (client.id, form.get("redirect_uri", "")):
            raise OAuthRefusal("invalid_grant", "AADSTS50011: The code is of another client or redirect_uri.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), pending.challenge.encode()):
            raise OAuthRefusal("invalid_grant", "AADSTS501481: The code_verifier does not match the code_challenge.")
        return pending.person, pending.may_refresh

    def _refreshed(self, client: RegisteredClient, form: Mapping[str, str]) -> str:
        claims = self._tokens.read(form.get("refresh_token", ""), "refresh")
        if claims is None or claims.client != client.id or self._people().person(claims.id) is None:
            raise OAuthRefusal("invalid_grant", "AADSTS700082: The refresh token has expired, or is another client's.")
        return claims.id

    def _tokens_for(self, person: str, client: RegisteredClient, *, may_refresh: bool) -> dict[str, Any]:
        claims = TokenClaims(person, APP, SCOPE, client.id)
        content = {
            "token_type": "Bearer",
            "scope": f"api://{APP}/{SCOPE}",
            "expires_in": SECONDS["access"],
            "access_token": self._tokens.make(claims, "access"),
        }
        return content | ({"refresh_token": self._tokens.make(claims, "refresh")} if may_refresh else {})


def metadata(origin: str) -> dict[str, Any]:
    """What Entra ID says of itself, as far as a client needs it. It announces neither registration nor PKCE."""
    endpoints = origin + _ENDPOINTS
    return {
        "issuer": issuer(origin),
        "authorization_endpoint": f"{endpoints}/authorize",
        "token_endpoint": f"{endpoints}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": sorted(ABOUT_PEOPLE),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def _check_authorization(asked: Mapping[str, str], uris: Sequence[str]) -> bool:
    """Whether more tokens may follow the first; OAuthRefusal for what gets no code."""
    if asked.get("response_type") != "code":
        raise OAuthRefusal("unsupported_response_type", "AADSTS700054: The response_type must be code.")
    if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
        raise OAuthRefusal("invalid_request", "AADSTS9002325: PKCE is required, with a code_challenge of S256.")
    _check_resource(asked, uris)
    scopes = set(asked.get("scope", "").split())
    ours = {f"{uri}/{name}" for uri in uris for name in (SCOPE, ".default")}
    if not ours & scopes:
        raise _mismatch() if "resource" in asked else OAuthRefusal("invalid_scope", f"Ask for {min(ours)}.")
    if others := scopes - ours - ABOUT_PEOPLE:
        raise OAuthRefusal("invalid_scope", f"AADSTS70011: The scope {min(others)} is not valid.")
    return "offline_access" in scopes


def _check_resource(asked: Mapping[str, str], uris: Sequence[str]) -> None:
    if "resource" in asked and asked["resource"] not in uris:
        raise _mismatch()


def _mismatch() -> OAuthRefusal:
    return OAuthRefusal("invalid_target", _MISMATCH)


def _basic(credentials: str) -> tuple[str, str]:
    """Id and secret, which RFC 6749 has encoded as in a form first."""
    try:
        id_, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        raise OAuthRefusal("invalid_client", "The Authorization header cannot be read.") from None
    return unquote_plus(id_), unquote_plus(secret)
