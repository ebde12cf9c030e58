"""
Everything that can go wrong, in one tree:

    PhotoError
      Transient          a service was busy: try again after `wait` seconds
        Throttled        it asked us to slow down: not the photo's fault
        Outage           it cannot be reached, or refuses us: not the photo's fault
        Claimed          another worker is doing it
        Paused           the day's budget is spent
        BadReply         a model answered nonsense: worth a few tries, as each is paid for
        OutOfMemory      the machine ran out of memory: worth a few tries
        DiskFull         there is no room for temporary files: not the photo's fault
      Permanent          trying again cannot help: record it and move on
        BadPhoto         not an image, too large, truncated, a decompression bomb
          RefusedPhoto   the vision model, or its content filter, refuses it
        BadRequest       the caller's input is wrong: says which field and why
          Unauthenticated       no key and nobody signed in, or no key that is valid
          InsufficientRights    somebody who may not do this
            NoRole              somebody who has signed in and may do nothing yet
            InsufficientScope   a client that somebody has not given leave to
          ForgedIdentity        a name of somebody who has not signed in
          BadLink        a link to a picture that has expired, or that we have not signed
          NotFound       what the caller named does not exist
          PreconditionFailed  something exists already, or has changed
            SameBytes    what exists already is the very same file
          Conflict       what the caller wants does not go with how things are now
            CountChanged        there are not as many photos as the caller expected
          ForeignOrigin         a web page of somebody else made a browser ask
          MisdirectedRequest    the host that was asked for is not ours
          UnsupportedMediaType  the body is not declared as JSON
          PayloadTooLarge       the body is larger than the route reads
    SettingsError        the deployment is wrong: names every setting at fault

The exceptions of an SDK become one of these in the one file that uses that SDK.
Each class carries the HTTP status and code of the response it becomes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shared.redaction import redact

ASK_THE_DOCTOR = "python -m query doctor says which key or role is missing"


class PhotoError(Exception):
    """Something went wrong that the app expects and knows how to handle; the message names no key."""

    status = 500
    code = "server_error"
    param: str | None = None
    digest = ""  # of the bytes it is about, where a description of them may be kept
    addresses: Mapping[str, str] = {}  # where a page can do something about it: "sign_in", "sign_out"

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))


class Transient(PhotoError):
    """A service was busy; `wait` is the number of seconds it asked for, if it said."""

    status = 503
    code = "service_unavailable"
    attempts = 8  # with the delays in ingest/retries.py, about a day
    patience = 7 * 24 * 3600.0  # seconds after which even what uses up no attempts is given up
    uses_attempt = True  # False where the error says nothing about the photo

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Throttled(Transient):
    """A service answered 429: come back after `wait` seconds."""

    status = 429
    code = "rate_limit_exceeded"
    uses_attempt = False


class Outage(Transient):
    """A service cannot be reached, or refuses our credentials; in Azure a new role takes minutes to work."""

    code = "dependency_down"
    uses_attempt = False


class Claimed(Transient):
    """Another worker is doing the same work."""

    uses_attempt = False


class Paused(Transient):
    """The day's budget is spent; `wait` lasts until the next day. Nothing is given up, however long it takes."""

    status = 429
    code = "budget_spent"
    patience = float("inf")
    uses_attempt = False


class BadReply(Transient):
    """A model's answer was cut off, empty or malformed; another try may do better, but each one is paid for."""

    attempts = 3


class OutOfMemory(Transient):
    """There was not enough memory, although the photo had the whole budget to itself."""

    attempts = 3


class DiskFull(Transient):
    """There is no room for temporary files."""

    uses_attempt = False


class Permanent(PhotoError):
    """Trying again cannot help."""


class BadPhoto(Permanent):
    """This file will never become a searchable photo; the message says why."""

    status = 422
    code = "bad_photo"


class RefusedPhoto(BadPhoto):
    """The vision model, or its content filter, refuses to describe it."""


class BadRequest(Permanent):
    """The caller's input is wrong; `param` names the field."""

    status = 400
    code = "invalid_value"

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code or type(self).code


class Unauthenticated(BadRequest):
    """
    Nobody has signed in and there is no key, or none that is valid.

    `reason` is RFC 6750's, and empty where there is no key. `sign_in` is the address where people do that, if they can,
    and `where` tells clients that sign people in how to do so: parameters of the header WWW-Authenticate.
    """

    status = 401
    code = "invalid_api_key"

    def __init__(
        self,
        message: str,
        *,
        reason: str = "invalid_token",
        sign_in: str = "",
        where: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message, code="sign_in_required" if sign_in else None)
        self.reason = reason
        self.addresses = {"sign_in": sign_in} if sign_in else {}
        self._where = where

    @property
    def challenge(self) -> str:
        """The header WWW-Authenticate."""
        return bearer_challenge(self.reason, self._where)


class InsufficientRights(BadRequest):
    """The caller is somebody and may not do this."""

    status = 403
    code = "insufficient_rights"


class NoRole(InsufficientRights):
    """The caller has signed in and has no role; `sign_out` is the address where they can do so again as another."""

    code = "no_role"

    def __init__(self, message: str, *, sign_out: str) -> None:
        super().__init__(message)
        self.addresses = {"sign_out": sign_out}


class InsufficientScope(InsufficientRights):
    """A client has signed somebody in, and was not given leave to use the photos for them."""

    code = "insufficient_scope"

    def __init__(self, message: str, *, where: Mapping[str, str]) -> None:
        super().__init__(message)
        self.challenge = bearer_challenge(self.code, where)


def bearer_challenge(reason: str, where: Mapping[str, str]) -> str:
    """The header WWW-Authenticate of RFC 6750: what is wrong, if anything is, and where a client gets what it lacks."""
    parameters = {"realm": "photos"} | ({"error": reason} if reason else {}) | dict(where)
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())


class ForgedIdentity(BadRequest):
    """The request says who has signed in, where nobody can have."""

    status = 403
    code = "forged_identity"


class BadLink(BadRequest):
    """The link to a picture has expired, or is not one of ours."""

    status = 403
    code = "invalid_link"


class NotFound(BadRequest):
    """What the caller named does not exist."""

    status = 404
    code = "not_found"


class PreconditionFailed(BadRequest):
    """What the caller made a condition is not so: something exists already, or has changed since."""

    status = 412
    code = "precondition_failed"


class SameBytes(PreconditionFailed):
    """What exists already is the very same file, so that there is nothing to do."""

    code = "same_bytes"


class Conflict(BadRequest):
    """What the caller wants does not go with how things are now."""

    status = 409
    code = "conflict"


class CountChanged(Conflict):
    """There are not as many photos as the caller expected; `count` is how many there are now."""

    def __init__(self, message: str, *, param: str, count: int) -> None:
        super().__init__(message, param=param)
        self.count = count


class ForeignOrigin(BadRequest):
    """A web page of somebody else made a browser send this."""

    status = 403
    code = "foreign_origin"


class MisdirectedRequest(BadRequest):
    """The host that the caller asked for is not one of ours."""

    status = 421
    code = "misdirected_request"


class PayloadTooLarge(BadRequest):
    """The body is larger than the route reads."""

    status = 413
    code = "payload_too_large"


class UnsupportedMediaType(BadRequest):
    """The body is not declared as what the route reads."""

    status = 415
    code = "unsupported_media_type"


class SettingsError(Exception):
    """The deployment is wrong; the message names every setting at fault and what to do, and no key."""

    status = 500
    code = "settings"
    param: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))


def error_body(error: PhotoError | SettingsError) -> dict[str, Any]:
    """The body of every error response, chat or not: OpenAI's shape."""
    kind = "invalid_request_error" if error.status < 500 and error.status != 429 else "server_error"
    if error.status == 429:
        kind = "rate_limit_error"
    more = dict[str, Any](error.addresses) if isinstance(error, PhotoError) else {}
    if isinstance(error, CountChanged):
        more["count"] = error.count
    return {"error": {"message": str(error), "type": kind, "param": error.param, "code": error.code, **more}}
