"""Tokens that only this host makes and takes: JSON Web Tokens, signed with a secret that ends with the process."""

import base64
import hmac
import json
import secrets
import time
from typing import Literal

Use = Literal["session", "access"]
SECONDS = {"session": 8 * 3600, "access": 3600}  # as the platform's sessions and Entra's tokens last
_HEADER = {"alg": "HS256", "typ": "JWT"}


class Tokens:
    """Makes and reads tokens."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def make(self, id_: str, use: Use) -> str:
        """A token for a person or an app, that is a session's cookie or an access token."""
        claims = {"sub": id_, "use": use, "exp": int(time.time()) + SECONDS[use]}
        body = f"{_encode(json.dumps(_HEADER).encode())}.{_encode(json.dumps(claims).encode())}"
        return f"{body}.{self._sign(body)}"

    def read(self, token: str, use: Use) -> str | None:
        """Whose token it is; None for one that is not ours, has expired, or is for another use."""
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode("utf-8", "surrogateescape")):
            return None
        claims = json.loads(_decode(body.partition(".")[2]))
        return str(claims["sub"]) if claims["use"] == use and claims["exp"] > time.time() else None

    def _sign(self, body: str) -> str:
        return _encode(hmac.digest(self._secret, body.encode("utf-8", "surrogateescape"), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
