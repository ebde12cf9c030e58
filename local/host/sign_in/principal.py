"""
The headers that App Service authentication adds, and what `/.auth/me` says: both are made of the claims of a token.

The claims, their names and the types that the header names are those of a token of Entra ID. One that would name more
than 200 groups names none, and says where to ask for them.
"""

import base64
import json
import time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from local.host.sign_in.people import Account
from local.host.sign_in.registration import APP, TENANT
from local.host.sign_in.tokens import TokenClaims

MOST_GROUPS = 200
_IDENTITY = "http://schemas.microsoft.com/identity/claims"
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
NAME_TYPE = f"{_SOAP}/emailaddress"
ROLE_TYPE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


def principal_headers(account: Account, token: TokenClaims) -> dict[str, str]:
    """What the app gets with each request of somebody, who has a session or was named by a client's token."""
    claims = [{"typ": kind, "val": value} for kind, value in _claims(account, token)]
    content = {"auth_typ": "aad", "claims": claims, "name_typ": NAME_TYPE, "role_typ": ROLE_TYPE}
    return {
        "X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(content).encode()).decode(),
        "X-MS-CLIENT-PRINCIPAL-ID": account.id,
        "X-MS-CLIENT-PRINCIPAL-NAME": _ascii(account.email or account.name),
        "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
    }


def who_am_i(account: Account, token: TokenClaims) -> list[dict[str, Any]]:
    """The body of `/.auth/me`."""
    claims = [{"typ": kind, "val": value} for kind, value in _claims(account, token)]
    return [{"provider_name": "aad", "user_id": account.email or account.id, "user_claims": claims}]


def _claims(account: Account, token: TokenClaims) -> list[tuple[str, str]]:
    now = int(time.time())
    return [
        ("aud", token.audience or APP),
        ("iss", f"https://login.microsoftonline.com/{TENANT}/v2.0"),
        ("iat", str(now)),
        ("nbf", str(now)),
        ("exp", str(now + 3600)),
        *_names(account, token),
        (f"{_IDENTITY}/objectidentifier", account.id),
        *(("roles", role) for role in account.roles),
        *_groups(account),
        (f"{_SOAP}/nameidentifier", str(uuid5(NAMESPACE_URL, account.id))),
        (f"{_IDENTITY}/tenantid", TENANT),
        ("ver", "2.0"),
    ]


def _names(account: Account, token: TokenClaims) -> list[tuple[str, str]]:
    """Of an access token also the client that has it, and what that may do; a session's ID token has neither."""
    if not account.email:
        return [("azp", account.id), ("azpacr", "1"), ("idtyp", "app")]
    person = [("name", account.name), ("preferred_username", account.email)]
    delegated = [("azp", token.client), ("azpacr", "0"), (f"{_IDENTITY}/scope", token.scope)]
    return person + (delegated if token.scope else [])


def _groups(account: Account) -> list[tuple[str, str]]:
    if len(account.groups) <= MOST_GROUPS:
        return [("groups", group) for group in account.groups]
    source = f"https://graph.windows.net/{TENANT}/users/{account.id}/getMemberObjects"
    return [
        ("_claim_names", json.dumps({"groups": "src1"})),
        ("_claim_sources", json.dumps({"src1": {"endpoint": source}})),
    ]


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
