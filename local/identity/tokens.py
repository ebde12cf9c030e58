"""Access tokens as Microsoft Entra ID makes them: JSON web tokens for one resource, signed, valid for a day."""

import time
from collections.abc import Collection
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from local.identity.roles import Principal

LIFETIME = 24 * 3600  # seconds: what managed identities get
CLOCK_SKEW = 300  # seconds that a token is valid before it was made
ALGORITHM = "RS256"


class TokenError(Exception):
    """A token that no service accepts; the message is what storage says in AuthenticationErrorDetail."""


class TokenAuthority:
    """Makes and checks tokens of one tenant, with a key of its own."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def issuer(self) -> str:
        return f"https://sts.windows.net/{self.tenant}/"

    def issue(self, principal: Principal, resource: str, *, lifetime: float = LIFETIME) -> tuple[str, int]:
        """A token of the principal for a resource, and when it expires in seconds since 1970."""
        now = int(time.time())
        expires = now + int(lifetime)
        claims = {
            "aud": resource,
            "iss": self.issuer,
            "iat": now - CLOCK_SKEW,
            "nbf": now - CLOCK_SKEW,
            "exp": expires,
            "appid": principal.client_id,
            "idtyp": "app",
            "oid": principal.object_id,
            "sub": principal.object_id,
            "tid": self.tenant,
            "ver": "1.0",
        }
        return jwt.encode(claims, self._key, ALGORITHM, {"kid": "local"}), expires

    def verify(self, token: str, audiences: Collection[str]) -> str:
        """The object id of whose token this is; TokenError says what is wrong with it, as for other audiences."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key.public_key(),
                [ALGORITHM],
                audience=[spelling for each in audiences for spelling in (each, f"{each}/")],
                issuer=self.issuer,
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenError("Lifetime validation failed. The token is expired.") from error
        except jwt.InvalidAudienceError as error:
            raise TokenError("Audience validation failed. Audience did not match.") from error
        except jwt.InvalidIssuerError as error:
            raise TokenError("Issuer validation failed. Issuer did not match.") from error
        except jwt.InvalidTokenError as error:
            raise TokenError("Signature validation failed. Signature verification failed.") from error
        return str(claims["oid"])
