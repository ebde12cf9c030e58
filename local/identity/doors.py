"""What stands before each service: who asks, whether they may, and how the request signs on to the stand-in behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import unquote, urlencode

from aiohttp import web
from azure.storage.blob import AccountSasPermissions, ResourceTypes, Services, generate_account_sas

from local.identity import refusals
from local.identity.access import AccessControl, Permission
from local.identity.delegation import DelegationKeys
from local.identity.model_operations import model_operation
from local.identity.refusals import RefusedRequest
from local.identity.roles import Directory
from local.identity.search_operations import search_permission
from local.identity.storage_operations import StorageRequest, blob_permission, link_allows, queue_permission
from local.identity.tokens import TokenAuthority, TokenError

KEPT_OF_LINKS = {"snapshot", "versionid", "comp", "restype", "timeout", "rscc", "rscd", "rsce", "rscl", "rsct"}
EVERYTHING = AccountSasPermissions.from_string("rwdlacuptf")  # type: ignore[no-untyped-call]


@dataclass
class IdentityRules:
    """Everything that decides, shared by all doors. `offset` is how far the clock of storage differs from ours."""

    directory: Directory
    authority: TokenAuthority = field(init=False)
    access: AccessControl = field(init=False)
    delegation: DelegationKeys = field(init=False)
    offset: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.authority = TokenAuthority(self.directory.tenant)
        self.access = AccessControl(self.directory)
        self.delegation = DelegationKeys(self.directory.tenant)

    def now(self) -> datetime:
        """The time by the clock of storage."""
        return datetime.now(UTC) + self.offset

    def verify(self, request: web.Request, resource: str) -> str:
        """The object id of who sends the request; TokenError without a good token for this resource."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise TokenError("")
        return self.authority.verify(token, (resource,))


@dataclass(frozen=True)
class AdmittedRequest:
    """How a request goes on: with this query, and these headers instead of its own credentials."""

    query: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ServiceDoor(Protocol):
    """Admits a request, answers it itself, or raises RefusedRequest."""

    async def admit(self, request: web.Request) -> AdmittedRequest | web.Response: ...


@dataclass(frozen=True)
class StorageDoor:
    """Before Azurite. The account takes no keys: neither signed requests nor links that are signed with one."""

    rules: IdentityRules
    permission_of: Callable[[StorageRequest], Permission | None]
    account: str
    key: str

    async def admit(self, request: web.Request) -> AdmittedRequest | web.Response:
        parsed = self._parse(request)
        permission = self.permission_of(parsed)
        if permission is None:
            raise refusals.storage_refusal(501, "NotImplemented", "The identity rules do not know this operation.")
        if "sig" in parsed.query:
            return self._admit_link(parsed, permission)
        object_id = self._authenticate(request)
        if not self.rules.access.allows(object_id, permission):
            raise refusals.storage_forbidden()
        if parsed.comp == "userdelegationkey":
            version = request.headers.get("x-ms-version", "")
            key = self.rules.delegation.issue(object_id, await request.read(), version, self.rules.now())
            return web.Response(text=key, content_type="application/xml")
        return AdmittedRequest(self._sign_on(request.raw_path.partition("?")[2]))

    def _parse(self, request: web.Request) -> StorageRequest:
        path = unquote(request.raw_path.partition("?")[0]).removeprefix(f"/{self.account}").lstrip("/")
        creates_only = request.headers.get("If-None-Match") == "*"
        return StorageRequest(request.method, path, dict(request.query), creates_only)

    def _authenticate(self, request: web.Request) -> str:
        scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
        if scheme.startswith("sharedkey"):
            raise refusals.storage_key()
        if not scheme and "x-ms-version" not in request.headers:
            message = "Public access is not permitted on this storage account."
            raise refusals.storage_refusal(409, "PublicAccessNotPermitted", message)
        try:
            return self.rules.verify(request, refusals.STORAGE_RESOURCE)
        except TokenError as error:
            raise refusals.storage_sign_in(self.rules.directory.tenant, str(error)) from None

    def _admit_link(self, request: StorageRequest, permission: Permission) -> AdmittedRequest:
        query = request.query
        if "skoid" not in query:
            raise refusals.storage_key()
        container = request.path.partition("/")[0]
        resource = f"/blob/{self.account}/{request.path if query.get('sr') == 'b' else container}"
        signer = self.rules.delegation.verify(query, resource, self.rules.now())
        # A link can never do more than who signed it, also when their role is taken from them later.
        if not link_allows(query.get("sp", ""), permission) or not self.rules.access.allows(signer, permission):
            raise refusals.storage_forbidden()
        return AdmittedRequest(self._sign_on(urlencode({k: v for k, v in query.items() if k in KEPT_OF_LINKS})))

    def _sign_on(self, query: str) -> str:
        """The query with a signature of the account, which Azurite checks."""
        signature = generate_account_sas(
            self.account,
            self.key,
            ResourceTypes(service=True, container=True, object=True),
            EVERYTHING,
            datetime.now(UTC) + timedelta(hours=1),
            services=Services(blob=True, queue=True),
        )
        return f"{query}&{signature}" if query else signature


@dataclass(frozen=True)
class SearchDoor:
    """Before the search stand-in, which has one API key and asks for it; the service before us has none."""

    rules: IdentityRules
    key: str

    async def admit(self, request: web.Request) -> AdmittedRequest:
        if "api-key" in request.headers:
            raise refusals.search_forbidden()
        try:
            object_id = self.rules.verify(request, refusals.SEARCH_RESOURCE)
        except TokenError:
            raise refusals.search_sign_in(self.rules.directory.tenant) from None
        permission = search_permission(request.method, unquote(request.raw_path.partition("?")[0]))
        if permission is None or not self.rules.access.allows(object_id, permission):
            raise refusals.search_forbidden()
        return AdmittedRequest(request.raw_path.partition("?")[2], {"api-key": self.key})


@dataclass(frozen=True)
class ModelsDoor:
    """Before the model stand-in, which asks for no key."""

    rules: IdentityRules

    async def admit(self, request: web.Request) -> AdmittedRequest:
        if "api-key" in request.headers:
            raise refusals.models_key()
        try:
            object_id = self.rules.verify(request, refusals.MODELS_RESOURCE)
        except TokenError:
            raise refusals.models_sign_in() from None
        operation = model_operation(request.method, request.path)
        if operation is None:
            raise RefusedRequest(404, '{"error": {"code": "404", "message": "Resource not found"}}')
        if not self.rules.access.allows(object_id, operation.permission):
            [[action]] = operation.permission.any_of
            raise refusals.models_forbidden(object_id, action, operation.template)
        return AdmittedRequest(request.raw_path.partition("?")[2])


def storage_doors(rules: IdentityRules, account: str, key: str) -> tuple[StorageDoor, StorageDoor]:
    """Those of blobs and of queues."""
    return StorageDoor(rules, blob_permission, account, key), StorageDoor(rules, queue_permission, account, key)
