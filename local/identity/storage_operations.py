"""
What each operation of blob and queue storage takes.

The rows are those of "Permissions for calling data operations" in Microsoft's reference of storage. Operations that
nobody here calls (page blobs, batches, copies, immutability) are not among them and are refused as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.identity.access import Permission

ACCOUNT = "storage"
SERVICES = "Microsoft.Storage/storageAccounts/"
BLOBS = "blobServices/containers/blobs/"
READ = (f"{BLOBS}read",)
WRITE = (f"{BLOBS}write",)
ADD = (f"{BLOBS}add/action",)
# The letters of a link's `sp`, any of which allows it what roles call so.
LINK_LETTERS = {"read": "r", "write": "w", "add/action": "ac", "delete": "d", "tags/read": "t", "tags/write": "t"}
CONTAINER = "blobServices/containers/"
QUEUE = "queueServices/queues/"

# (level, method, comp) -> the alternatives, each of which takes all of its actions.
BLOB_OPERATIONS: Mapping[tuple[str, str, str], tuple[tuple[str, ...], ...]] = {
    ("account", "GET", "list"): ((f"{CONTAINER}read",),),
    ("account", "GET", "properties"): (("blobServices/read",),),
    ("account", "PUT", "properties"): (("blobServices/write",),),
    ("account", "GET", "stats"): (("blobServices/read",),),
    ("account", "GET", "blobs"): ((f"{BLOBS}filter/action",),),
    ("account", "POST", "userdelegationkey"): (("blobServices/generateUserDelegationKey/action",),),
    ("container", "GET", ""): ((f"{CONTAINER}read",),),
    ("container", "GET", "metadata"): ((f"{CONTAINER}read",),),
    ("container", "GET", "list"): (READ,),
    ("container", "GET", "blobs"): ((f"{BLOBS}filter/action",),),
    ("container", "GET", "acl"): ((f"{CONTAINER}getAcl/action",),),
    ("container", "PUT", ""): ((f"{CONTAINER}write",),),
    ("container", "PUT", "metadata"): ((f"{CONTAINER}write",),),
    ("container", "PUT", "lease"): ((f"{CONTAINER}write",),),
    ("container", "PUT", "acl"): ((f"{CONTAINER}setAcl/action",),),
    ("container", "DELETE", ""): ((f"{CONTAINER}delete",),),
    ("blob", "GET", ""): (READ,),
    ("blob", "GET", "metadata"): (READ,),
    ("blob", "GET", "blocklist"): (READ,),
    ("blob", "GET", "tags"): ((f"{BLOBS}tags/read",),),
    ("blob", "PUT", ""): (WRITE,),  # a new blob also by ADD: see `_blob_actions`
    ("blob", "PUT", "block"): (WRITE,),
    ("blob", "PUT", "blocklist"): (WRITE,),
    ("blob", "PUT", "metadata"): (WRITE,),
    ("blob", "PUT", "properties"): (WRITE,),
    ("blob", "PUT", "lease"): (WRITE,),
    ("blob", "PUT", "tier"): (WRITE,),
    ("blob", "PUT", "snapshot"): (WRITE, ADD),
    ("blob", "PUT", "appendblock"): (WRITE, ADD),
    ("blob", "PUT", "tags"): ((f"{BLOBS}tags/write",),),
    ("blob", "PUT", "undelete"): ((f"{CONTAINER}write",),),
    ("blob", "DELETE", ""): ((f"{BLOBS}delete",),),
}
QUEUE_OPERATIONS: Mapping[tuple[str, str, str], tuple[tuple[str, ...], ...]] = {
    ("account", "GET", "list"): ((f"{QUEUE}read",),),
    ("account", "GET", "properties"): (("queueServices/read",),),
    ("account", "GET", "stats"): (("queueServices/read",),),
    ("queue", "PUT", ""): ((f"{QUEUE}write",),),
    ("queue", "PUT", "metadata"): ((f"{QUEUE}write",),),
    ("queue", "PUT", "acl"): ((f"{QUEUE}setAcl/action",),),
    ("queue", "GET", "metadata"): ((f"{QUEUE}read",),),
    ("queue", "GET", "acl"): ((f"{QUEUE}getAcl/action",),),
    ("queue", "DELETE", ""): ((f"{QUEUE}delete",),),
    ("messages", "POST", ""): ((f"{QUEUE}messages/add/action",), (f"{QUEUE}messages/write",)),
    ("messages", "GET", ""): (
        (f"{QUEUE}messages/process/action",),
        (f"{QUEUE}messages/delete", f"{QUEUE}messages/read"),
    ),
    ("messages", "GET", "peek"): ((f"{QUEUE}messages/read",),),
    ("messages", "DELETE", ""): ((f"{QUEUE}messages/delete",),),
    ("message", "DELETE", ""): ((f"{QUEUE}messages/process/action",), (f"{QUEUE}messages/delete",)),
    ("message", "PUT", ""): ((f"{QUEUE}messages/write",),),
}


@dataclass(frozen=True)
class StorageRequest:
    """A request as far as it decides about rights; `path` is without the account, and decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    creates_only: bool = False  # If-None-Match: *

    @property
    def verb(self) -> str:
        return "GET" if self.method == "HEAD" else self.method

    @property
    def comp(self) -> str:
        return self.query.get("comp", "").lower()


def blob_permission(request: StorageRequest) -> Permission | None:
    """What an operation of blob storage takes; None where there is none like it."""
    container, _, blob = request.path.partition("/")
    if not container:
        return _permission(ACCOUNT, BLOB_OPERATIONS.get(("account", request.verb, request.comp)))
    scope = f"{ACCOUNT}/blobServices/default/containers/{container}"
    if request.query.get("restype", "").lower() == "container":
        return _permission(scope, BLOB_OPERATIONS.get(("container", request.verb, request.comp)))
    return _permission(f"{scope}/blobs/{blob}", _blob_actions(request)) if blob else None


def _blob_actions(request: StorageRequest) -> tuple[tuple[str, ...], ...] | None:
    actions = BLOB_OPERATIONS.get(("blob", request.verb, request.comp))
    return (WRITE, ADD) if actions == (WRITE,) and not request.comp and request.creates_only else actions


def queue_permission(request: StorageRequest) -> Permission | None:
    """What an operation of queue storage takes; None where there is none like it."""
    queue, *rest = request.path.split("/")
    if not queue:
        return _permission(ACCOUNT, QUEUE_OPERATIONS.get(("account", request.verb, request.comp)))
    level = ("queue", "messages", "message")[min(len(rest), 2)]
    is_peek = level == "messages" and request.query.get("peekonly", "").lower() == "true"
    actions = QUEUE_OPERATIONS.get((level, request.verb, "peek" if is_peek else request.comp))
    return _permission(f"{ACCOUNT}/queueServices/default/queues/{queue}", actions)


def _permission(scope: str, alternatives: tuple[tuple[str, ...], ...] | None) -> Permission | None:
    if alternatives is None:
        return None
    return Permission(scope, tuple(tuple(f"{SERVICES}{each}" for each in actions) for actions in alternatives))


def link_allows(letters: str, permission: Permission) -> bool:
    """Whether a link with these letters may do what takes this permission; links never reach beyond blobs."""
    prefix = f"{SERVICES}{BLOBS}"
    needed = (LINK_LETTERS.get(actions[0].removeprefix(prefix), "") for actions in permission.any_of)
    return any(letter in letters for each in needed for letter in each)
