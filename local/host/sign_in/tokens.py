"""Tokens that only this host makes and takes: JSON Web Tokens, signed with a secret that ends with the process."""

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Literal

Use = Literal["session", "access", "refresh"]
# As the platform's sessions and Entra's access tokens last. Its refresh tokens last longer than any laptop runs this.
SECONDS = {"session": 8 * 3600, "access": 3600, "refresh": 24 * 3600}
_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True)
class TokenClaims:
    """
    Whose token it is, by the id in the file.

    One that a client has got also says for which API, what it may do there (words, with spaces between), and which
    client that is.
    """

    id: str
    audience: str = ""
    scope: str = ""
    client: str = ""


class Tokens:
    """Makes and reads tokens."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def make(self, claims: TokenClaims, use: Use, seconds: int | None = None) -> str:
        """A token that is a session's cookie, an access token or what gets the next one; it lasts as its use does."""
        expires = int(time.time()) + (SECONDS[use] if seconds is None else seconds)
        content = {
            "sub": claims.id,
            "aud": claims.audience,
            "scp": claims.scope,
            "azp": claims.client,
            "use": use,
            "exp": expires,
        }
        body = f"{_encode(json.dumps(_HEADER).encode())}.{_encode(json.dumps(content).encode())}"
        return f"{body}.{self._sign(body)}"

    def read(self, token: str, use: Use) -> TokenClaims | None:
        """What it says; None for one that is not ours, has expired, or is for another use."""
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode("utf-8", "surrogateescape")):
            return None
        content = json.loads(_decode(body.partition(".")[2]))
        if content["use"] != use or content["exp"] <= time.time():
            return None
        return TokenClaims(content["sub"], content["aud"], content["scp"], content["azp"])

    def _sign(self, body: str) -> str:
        return _encode(hmac.digest(self._secret, body.encode("utf-8", "surrogateescape"), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
