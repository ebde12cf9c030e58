"""Tokens, user delegation keys and links signed with them, as the SDKs make and read them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas
from defusedxml import ElementTree

from local.identity.delegation import DelegationKeys, string_to_sign
from local.identity.refusals import RefusedRequest
from local.identity.roles import read_directory
from local.identity.tokens import TokenAuthority, TokenError

DIRECTORY = read_directory()
APP = DIRECTORY.principals["app"]
STORAGE = "https://storage.azure.com"
NOW = datetime.now(UTC).replace(microsecond=0)
RESOURCE = "/blob/account/photos/ä b.jpg"
FIELDS = {
    "signed_oid": "SignedOid",
    "signed_tid": "SignedTid",
    "signed_start": "SignedStart",
    "signed_expiry": "SignedExpiry",
    "signed_service": "SignedService",
    "signed_version": "SignedVersion",
    "value": "Value",
}


@pytest.fixture(scope="module")
def authority() -> TokenAuthority:
    return TokenAuthority(DIRECTORY.tenant)


@pytest.mark.parametrize("resource", [STORAGE, f"{STORAGE}/"])
def test_a_token_is_for_one_principal_and_one_resource(authority: TokenAuthority, resource: str) -> None:
    token, expires = authority.issue(APP, resource)

    assert authority.verify(token, [STORAGE]) == APP.object_id
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == resource
    assert claims["exp"] == expires
    assert (claims["appid"], claims["tid"]) == (APP.client_id, DIRECTORY.tenant)


def test_what_is_wrong_with_a_token_is_said_as_storage_says_it(authority: TokenAuthority) -> None:
    good, _ = authority.issue(APP, STORAGE)
    old, _ = authority.issue(APP, STORAGE, lifetime=-10)
    foreign, _ = TokenAuthority(DIRECTORY.tenant).issue(APP, STORAGE)
    other_resource, _ = authority.issue(APP, "https://search.azure.com")
    cases = {
        old: "Lifetime validation failed. The token is expired.",
        other_resource: "Audience validation failed. Audience did not match.",
        foreign: "Signature validation failed. Signature verification failed.",
        "not-a-token": "Signature validation failed. Signature verification failed.",
    }

    assert authority.verify(good, [STORAGE])
    for token, detail in cases.items():
        with pytest.raises(TokenError, match=f"^{re.escape(detail)}$"):
            authority.verify(token, [STORAGE])


def request_key(keys: DelegationKeys, start: datetime, expiry: datetime) -> UserDelegationKey:
    times = "".join(
        f"<{name}>{time:%Y-%m-%dT%H:%M:%SZ}</{name}>" for name, time in (("Start", start), ("Expiry", expiry))
    )
    root = ElementTree.fromstring(keys.issue(APP.object_id, f"<KeyInfo>{times}</KeyInfo>".encode(), "2026-10-06", NOW))
    key: Any = UserDelegationKey()  # type: ignore[no-untyped-call]
    key.signed_delegated_user_tid = None
    for attribute, element in FIELDS.items():
        setattr(key, attribute, root.findtext(element))
    return key  # type: ignore[no-any-return]


def signed(key: UserDelegationKey, **options: Any) -> dict[str, str]:
    """The query of a link that the SDK signs."""
    times = {"start": NOW - timedelta(minutes=5), "expiry": NOW + timedelta(minutes=15)}
    permission = BlobSasPermissions(read=True)
    token = generate_blob_sas(
        "account", "photos", "ä b.jpg", user_delegation_key=key, permission=permission, **{**times, **options}
    )
    return dict(parse_qsl(token))


@pytest.fixture(scope="module")
def keys() -> DelegationKeys:
    return DelegationKeys(DIRECTORY.tenant)


@pytest.fixture(scope="module")
def key(keys: DelegationKeys) -> UserDelegationKey:
    return request_key(keys, NOW - timedelta(minutes=15), NOW + timedelta(hours=6))


def test_links_of_the_sdk_are_valid(keys: DelegationKeys, key: UserDelegationKey) -> None:
    options = {"content_disposition": "attachment; filename*=UTF-8''a", "content_type": "image/jpeg"}

    assert keys.verify(signed(key), RESOURCE, NOW) == APP.object_id
    assert keys.verify(signed(key, **options), RESOURCE, NOW) == APP.object_id


@pytest.mark.parametrize("name", ["sp", "se", "st", "rsct", "skoid", "ske", "sig"])
def test_a_link_that_was_changed_is_refused(keys: DelegationKeys, key: UserDelegationKey, name: str) -> None:
    query = signed(key, content_type="image/jpeg")

    with pytest.raises(RefusedRequest) as refusal:
        keys.verify({**query, name: "changed"}, RESOURCE, NOW)

    assert refusal.value.status == 403
    assert refusal.value.headers["x-ms-error-code"] == "AuthenticationFailed"
    assert "Signature did not match. String to sign used was" in refusal.value.body


def test_a_link_to_another_blob_is_refused(keys: DelegationKeys, key: UserDelegationKey) -> None:
    with pytest.raises(RefusedRequest):
        keys.verify(signed(key), "/blob/account/photos/other.jpg", NOW)


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (timedelta(minutes=-10), "specified time frame: Start ["),
        (timedelta(minutes=15), "specified time frame: Start ["),
        (timedelta(minutes=-16), "specified key time frame: Key start ["),
        (timedelta(hours=7), "specified key time frame: Key start ["),
    ],
)
def test_a_link_is_valid_for_its_time_and_that_of_its_key(
    keys: DelegationKeys, key: UserDelegationKey, later: timedelta, words: str
) -> None:
    with pytest.raises(RefusedRequest) as refusal:
        keys.verify(signed(key), RESOURCE, NOW + later)

    assert f"Signature not valid in the {words}" in refusal.value.body
    assert f"Current [{NOW + later:%a, %d %b %Y %H:%M:%S GMT}]" in refusal.value.body


@pytest.mark.parametrize(
    ("start", "expiry"),
    [(timedelta(0), timedelta(days=8)), (timedelta(0), timedelta(hours=-1)), (timedelta(hours=2), timedelta(hours=1))],
)
def test_a_key_is_for_seven_days_at_most(keys: DelegationKeys, start: timedelta, expiry: timedelta) -> None:
    with pytest.raises(RefusedRequest) as refusal:
        request_key(keys, NOW + start, NOW + expiry)

    assert refusal.value.status == 400


def test_older_versions_sign_fewer_fields() -> None:
    assert [string_to_sign({"sv": each}, "r").count("\n") for each in ("2024-11-04", "2025-07-05", "2026-10-06")] == [
        23,
        25,
        27,
    ]
    with pytest.raises(RefusedRequest):
        string_to_sign({"sv": "2019-12-12"}, "r")
