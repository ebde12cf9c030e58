"""`X-MS-CLIENT-PRINCIPAL` as App Service authentication makes it of a token of Entra ID."""

import base64
import json
from collections.abc import Sequence
from typing import Any

HEADER = "X-MS-CLIENT-PRINCIPAL"
SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def claim(kind: str, value: object) -> dict[str, object]:
    return {"typ": kind, "val": value}


def encode(content: object) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


def principal(
    id_: str = "11111111-2222-3333-4444-555555555555",
    *,
    name: str = "ann@example.org",
    roles: Sequence[str] = (),
    groups: Sequence[str] = (),
    more: Sequence[dict[str, object]] = (),
) -> dict[str, Any]:
    """Somebody's claims: those of an ID token, with the long and short names that the platform gives them."""
    return {
        "auth_typ": "aad",
        "claims": [
            claim("aud", "99999999-2222-3333-4444-555555555555"),
            claim("iss", "https://login.microsoftonline.com/t/v2.0"),
            claim(OBJECT_ID, id_),
            claim("name", "Ann Example"),
            claim("preferred_username", name),
            *(claim("roles", each) for each in roles),
            *(claim("groups", each) for each in groups),
            *more,
        ],
        "name_typ": f"{SOAP}/emailaddress",
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    }


def signed_in(*arguments: Any, **options: Any) -> dict[str, str]:
    """The header of a request by somebody."""
    return {HEADER: encode(principal(*arguments, **options))}
