"""How each service refuses a request: its status, headers and words. README.md says where they were seen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4
from xml.sax.saxutils import escape

STORAGE_RESOURCE = "https://storage.azure.com"
SEARCH_RESOURCE = "https://search.azure.com"
MODELS_RESOURCE = "https://cognitiveservices.azure.com"
AUTHORITY = "https://login.microsoftonline.com"
SIGN_IN = "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
SIGNATURE = (
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
    "including the signature."
)
NOT_PERMITTED = "This request is not authorized to perform this operation using this permission."
BAD_MODEL_TOKEN = (
    f"Unauthorized. Access token is missing, invalid, audience is incorrect ({MODELS_RESOURCE}), or have expired."
)


@dataclass
class RefusedRequest(Exception):
    """A response instead of the service's own."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def storage_refusal(status: int, code: str, message: str, detail: str = "") -> RefusedRequest:
    """A refusal in the format of blob and queue storage."""
    request_id = str(uuid4())
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    words = f"<Code>{code}</Code><Message>{escape(message)}\nRequestId:{request_id}\nTime:{time}</Message>"
    if detail:
        words += f"<AuthenticationErrorDetail>{escape(detail)}</AuthenticationErrorDetail>"
    return RefusedRequest(
        status,
        f'<?xml version="1.0" encoding="utf-8"?><Error>{words}</Error>',
        {"Content-Type": "application/xml", "x-ms-error-code": code, "x-ms-request-id": request_id},
    )


def storage_sign_in(tenant: str, detail: str = "") -> RefusedRequest:
    """A missing token, or one that storage does not accept."""
    refusal = storage_refusal(
        401, "InvalidAuthenticationInfo" if detail else "NoAuthenticationInformation", SIGN_IN, detail
    )
    refusal.headers = {**refusal.headers, "WWW-Authenticate": _challenge(tenant, STORAGE_RESOURCE)}
    return refusal


def storage_signature(detail: str) -> RefusedRequest:
    """A link that is not valid."""
    return storage_refusal(403, "AuthenticationFailed", SIGNATURE, detail)


def storage_forbidden() -> RefusedRequest:
    """A token whose roles are not enough."""
    return storage_refusal(403, "AuthorizationPermissionMismatch", NOT_PERMITTED)


def storage_key() -> RefusedRequest:
    """A request signed with a key of the account, which has `allowSharedKeyAccess: false`."""
    message = "Key based authentication is not permitted on this storage account."
    return storage_refusal(403, "KeyBasedAuthenticationNotPermitted", message)


def search_sign_in(tenant: str) -> RefusedRequest:
    """A missing token, or one that search does not accept."""
    return _json(401, {"error": {"code": "", "message": "Authentication failed."}}, _challenge(tenant, SEARCH_RESOURCE))


def search_forbidden() -> RefusedRequest:
    """A token whose roles are not enough, or an API key where only roles count."""
    return _json(403, {"error": {"code": "", "message": "Authorization failed."}})


def models_sign_in() -> RefusedRequest:
    """A missing token, or one that Azure OpenAI does not accept."""
    return _json(401, {"statusCode": 401, "message": BAD_MODEL_TOKEN})


def models_key() -> RefusedRequest:
    """An API key, which a resource with `disableLocalAuth: true` refuses."""
    message = "Key based authentication is disabled for this resource."
    return _json(403, {"error": {"code": "AuthenticationTypeDisabled", "message": message}})


def models_forbidden(object_id: str, action: str, template: str) -> RefusedRequest:
    """A token whose roles are not enough: Azure OpenAI answers 401, not 403."""
    message = (
        f"The principal `{object_id}` lacks the required data action `{action}` to perform `{template}` operation."
    )
    return _json(401, {"error": {"code": "PermissionDenied", "message": message}})


def _json(status: int, body: object, challenge: str = "") -> RefusedRequest:
    headers = {"Content-Type": "application/json", "x-ms-request-id": str(uuid4())}
    if challenge:
        headers["WWW-Authenticate"] = challenge
    return RefusedRequest(status, json.dumps(body), headers)


def _challenge(tenant: str, resource: str) -> str:
    return f"Bearer authorization_uri={AUTHORITY}/{tenant}/oauth2/authorize resource_id={resource}"
