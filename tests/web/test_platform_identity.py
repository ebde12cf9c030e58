"""The header of App Service authentication: what it says, and what becomes of one that says nothing."""

import base64
import json
from typing import Any

import pytest
from starlette.datastructures import Headers

from shared.errors import ForgedIdentity, Unauthenticated
from tests.web.principals import HEADER, OBJECT_ID, SOAP, claim, encode, principal
from web.platform_identity import (
    MAX_HEADER,
    PlatformPrincipal,
    platform_is_on,
    read_principal,
    refuse_forged_identity,
    sign_in_address,
)

GROUP = "aaaaaaaa-2222-3333-4444-555555555555"
GOOD = principal()


def read(content: object) -> PlatformPrincipal | None:
    return read_principal(Headers({HEADER: encode(content)}))


def test_nobody_has_signed_in_without_the_header() -> None:
    others = {"X-MS-CLIENT-PRINCIPAL-ID": "someone", "X-MS-CLIENT-PRINCIPAL-NAME": "someone"}

    assert read_principal(Headers({})) is None
    assert read_principal(Headers(others)) is None


def test_a_person_has_an_id_a_name_roles_and_groups() -> None:
    content = principal(roles=["editor", "else"], groups=[GROUP, "b"])

    assert read(content) == PlatformPrincipal(
        "11111111-2222-3333-4444-555555555555",
        "ann@example.org",
        frozenset({"editor", "else"}),
        frozenset({GROUP, "b"}),
    )


@pytest.mark.parametrize("kind", ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "own"])
def test_roles_go_by_their_long_name_their_short_one_and_the_one_that_is_told(kind: str) -> None:
    content = principal(more=[claim(kind, "admin")])
    person = read(content | {"role_typ": "own"})

    assert person is not None
    assert person.app_roles == {"admin"}


def test_an_app_has_no_person_s_name() -> None:
    claims = [claim("oid", "app-object"), claim("idtyp", "app"), claim("azp", "client-id"), claim("roles", "viewer")]
    app = read({"auth_typ": "aad", "claims": claims, "name_typ": f"{SOAP}/name", "role_typ": "roles"})

    assert app == PlatformPrincipal("app-object", "client-id", frozenset({"viewer"}), frozenset(), is_app=True)


@pytest.mark.parametrize("kind", ["scp", "http://schemas.microsoft.com/identity/claims/scope"])
def test_what_a_person_lets_a_client_do_is_in_its_token(kind: str) -> None:
    person = read(principal(more=[claim("azp", "client-id"), claim(kind, "user_impersonation  other")]))
    session = read(principal())

    assert person
    assert session
    assert (person.scopes, person.is_app) == (frozenset({"user_impersonation", "other"}), False)
    assert (session.scopes, session.is_app) == (frozenset(), False)


@pytest.mark.parametrize(
    "left_out",
    [
        [claim("hasgroups", "true")],
        [claim("_claim_names", '{"groups":"src1"}'), claim("_claim_sources", "{}")],
        [claim("groups:src1", "https://graph.windows.net/t/users/u/getMemberObjects")],
    ],
)
def test_groups_that_a_token_leaves_out_are_noticed(left_out: list[dict[str, object]]) -> None:
    person = read(principal(roles=["viewer"], more=left_out))

    assert person is not None
    assert (person.has_more_groups, set(person.groups), set(person.app_roles)) == (True, set(), {"viewer"})


def test_other_claims_that_are_left_out_are_not_groups() -> None:
    person = read(principal(more=[claim("_claim_names", '{"photo":"src1"}')]))

    assert person is not None
    assert not person.has_more_groups


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ([claim("name", "Ann Example"), claim("preferred_username", "ann@x")], "ann@x"),
        ([claim(f"{SOAP}/upn", "ann@y"), claim("name", "Ann Example")], "ann@y"),
        ([claim("name", "Ann Example")], "Ann Example"),
        ([claim("name", " A\x00n\nn\u202e "), claim("appid", "x")], "Ann"),
        ([claim("name", "\n"), claim("appid", "client")], "client"),
        ([claim("name", "n" * 1000)], "n" * 200),
        ([], "object"),
    ],
)
def test_a_name_is_the_one_that_a_tenant_has_once(names: list[dict[str, object]], name: str) -> None:
    person = read({"auth_typ": "aad", "claims": [claim("oid", "object"), *names]})

    assert person is not None
    assert person.name == name


@pytest.mark.parametrize(
    "odd", [None, 7, "text", [], {}, {"typ": "roles"}, {"typ": "roles", "val": ["admin"]}, {"typ": 1, "val": "admin"}]
)
def test_what_is_no_claim_grants_nothing(odd: Any) -> None:
    content = principal(roles=["viewer"], more=[odd])
    person = read(content)

    assert person is not None
    assert person.app_roles == {"viewer"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON in base64"),
        ("%%%", "not JSON in base64"),
        ("e30", "no claims"),
        (base64.b64encode(b"\xff\xfe").decode(), "not JSON in base64"),
        (base64.b64encode(b"[" * 40_000).decode(), "not JSON in base64"),
        (base64.b64encode(b"1" * 6_000).decode(), "not JSON in base64"),
        (encode("text"), "no claims"),
        (encode([GOOD]), "no claims"),
        (encode(GOOD | {"claims": {}}), "no claims"),
        (encode(GOOD | {"claims": None}), "no claims"),
        (encode(GOOD | {"auth_typ": "google"}), "not of Entra ID"),
        (encode(GOOD | {"auth_typ": None}), "not of Entra ID"),
        (encode(GOOD | {"claims": []}), "no object id"),
        (encode(GOOD | {"claims": [claim(OBJECT_ID, " ")]}), "no object id"),
        (encode(GOOD | {"claims": [claim("oid", "i" * 201)]}), "no object id"),
        (json.dumps(GOOD), "not JSON in base64"),
        ("A" * (MAX_HEADER + 1), "too large"),
    ],
)
def test_what_cannot_be_read_is_nobody(text: str, reason: str) -> None:
    with pytest.raises(Unauthenticated, match=f"cannot be read: it .*{reason}"):
        read_principal(Headers({HEADER: text}))


def test_a_header_that_comes_twice_is_nobody() -> None:
    raw = [(HEADER.lower().encode(), encode(GOOD).encode())] * 2

    with pytest.raises(Unauthenticated, match="it comes twice"):
        read_principal(Headers(raw=raw))


def test_base64_may_lack_its_padding() -> None:
    assert read_principal(Headers({HEADER: encode(GOOD).rstrip("=")})) == read(GOOD)


@pytest.mark.parametrize(("value", "on"), [("True", True), ("true", True), ("False", False), ("", False), ("1", False)])
def test_the_platform_s_own_environment_says_whether_it_is_on(
    value: str, on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", value)

    assert platform_is_on() is on


@pytest.mark.parametrize("suffix", ["", "-id", "-name", "-idp", "-something"])
def test_an_identity_is_refused_where_nobody_has_checked_it(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = Headers({HEADER + suffix: "x"})
    monkeypatch.delenv("WEBSITE_AUTH_ENABLED", raising=False)
    with pytest.raises(ForgedIdentity, match="only the sign-in of App Service may set"):
        refuse_forged_identity(headers)

    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    refuse_forged_identity(headers)


def test_a_laptop_has_its_own_page_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_in_address() == "/.auth/login/aad"
    monkeypatch.setenv("WEBSITE_AUTH_DEFAULT_PROVIDER", "local")
    assert sign_in_address() == "/.auth/login/local"
