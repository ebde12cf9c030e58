"""User delegation keys, and the links that are signed with them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeElementTree

from local.identity.refusals import storage_refusal, storage_signature

MAX_LIFETIME = timedelta(days=7)
OLDEST_VERSION = "2020-12-06"  # of the string to sign as it is written here
KEY_FIELDS = ("skoid", "sktid", "skt", "ske", "sks", "skv")
BAD_NODE = "The value for one of the XML nodes is not in the correct format."


class DelegationKeys:
    """The keys of one account; each is derived from what it is for, so that none need be kept."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._secret = secrets.token_bytes(32)

    def issue(self, object_id: str, body: bytes, version: str, now: datetime) -> str:
        """The answer to Get User Delegation Key for a principal, as XML."""
        start, expiry = _read_times(body, now)
        if not now < expiry <= now + MAX_LIFETIME or start >= expiry:
            raise storage_refusal(400, "InvalidXmlNodeValue", BAD_NODE)
        fields = (object_id, self._tenant, _text(start), _text(expiry), "b", version)
        names = ("SignedOid", "SignedTid", "SignedStart", "SignedExpiry", "SignedService", "SignedVersion", "Value")
        root = ElementTree.Element("UserDelegationKey")
        for name, value in zip(names, (*fields, base64.b64encode(self._key(fields)).decode()), strict=True):
            ElementTree.SubElement(root, name).text = value
        return f'<?xml version="1.0" encoding="utf-8"?>{ElementTree.tostring(root, "unicode")}'

    def verify(self, query: Mapping[str, str], resource: str, now: datetime) -> str:
        """
        The object id of who signed a link to `resource`, `/blob/ACCOUNT/CONTAINER/BLOB`.

        RefusedRequest where the signature, its time or that of its key is wrong.
        """
        key = self._key(tuple(query.get(name, "") for name in KEY_FIELDS))
        text = string_to_sign(query, resource)
        signature = base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()
        if not hmac.compare_digest(signature, query.get("sig", "")):
            raise storage_signature(f"Signature did not match. String to sign used was {text}")
        _check_time("key time frame: Key start [{}] - Key expiry [{}]", query.get("skt"), query.get("ske"), now)
        _check_time("time frame: Start [{}] - Expiry [{}]", query.get("st"), query.get("se"), now)
        return query["skoid"]

    def _key(self, fields: tuple[str, ...]) -> bytes:
        return hmac.digest(self._secret, "\n".join(fields).encode(), hashlib.sha256)


def string_to_sign(query: Mapping[str, str], resource: str) -> str:
    """What a link's signature is of, by the version of the service that it names."""
    version = query.get("sv", "")
    if version < OLDEST_VERSION:
        raise storage_signature(f"Version {version} is older than {OLDEST_VERSION}, the oldest that is known here.")
    names = ["sp", "st", "se", "", *KEY_FIELDS, "saoid", "suoid", "scid"]
    names += ["skdutid", "sduoid"] if version >= "2025-07-05" else []
    names += ["sip", "spr", "sv", "sr", "snapshot", "ses"]
    names += ["srh", "srq"] if version >= "2026-04-06" else []
    names += ["rscc", "rscd", "rsce", "rscl", "rsct"]
    return "\n".join(query.get(name, "") if name else resource for name in names)


def _check_time(words: str, start: str | None, expiry: str | None, now: datetime) -> None:
    begins = _parse(start) if start else None
    ends = _parse(expiry or "")
    if (begins and now < begins) or now >= ends:
        frame = words.format(_rfc1123(begins) if begins else "", _rfc1123(ends))
        raise storage_signature(f"Signature not valid in the specified {frame} - Current [{_rfc1123(now)}]")


def _read_times(body: bytes, now: datetime) -> tuple[datetime, datetime]:
    try:
        root = SafeElementTree.fromstring(body)
        start = root.findtext("Start")
        return _parse(start) if start else now, _parse(root.findtext("Expiry") or "")
    except (ElementTree.ParseError, ValueError):
        raise storage_refusal(400, "InvalidXmlDocument", "XML specified is not syntactically valid.") from None


def _parse(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise storage_signature(f"{text[:40]!r} is not a time.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc1123(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
