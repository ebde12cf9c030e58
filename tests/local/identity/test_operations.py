"""Which roles each operation takes, by the tables in Microsoft's reference."""

import pytest

from local.identity.access import AccessControl, Permission
from local.identity.model_operations import model_operation
from local.identity.roles import RoleAssignment, read_directory
from local.identity.search_operations import search_permission
from local.identity.storage_operations import StorageRequest, blob_permission, link_allows, queue_permission

DIRECTORY = read_directory()
OWNER, CONTRIBUTOR, READER = (f"Storage Blob Data {each}" for each in ("Owner", "Contributor", "Reader"))
QUEUES, PEEK = "Storage Queue Data Contributor", "Storage Queue Data Reader"
PROCESS, SEND = "Storage Queue Data Message Processor", "Storage Queue Data Message Sender"


def roles_for(permission: Permission | None, scope: str) -> set[str]:
    """The built-in roles any of which is enough, if it is assigned at this scope."""
    assert permission
    access, enough = AccessControl(DIRECTORY), set()
    for role in DIRECTORY.definitions:
        access.replace((RoleAssignment("app", role, scope),))
        if access.allows(DIRECTORY.principals["app"].object_id, permission):
            enough.add(role)
    return enough


@pytest.mark.parametrize(
    ("method", "path", "query", "roles"),
    [
        ("GET", "", {"comp": "list"}, {OWNER, CONTRIBUTOR, READER}),
        (
            "POST",
            "",
            {"comp": "userdelegationkey", "restype": "service"},
            {OWNER, CONTRIBUTOR, READER, "Storage Blob Delegator"},
        ),
        ("PUT", "photos", {"restype": "container"}, {OWNER, CONTRIBUTOR}),
        ("HEAD", "photos", {"restype": "container"}, {OWNER, CONTRIBUTOR, READER}),
        ("DELETE", "photos", {"restype": "container"}, {OWNER, CONTRIBUTOR}),
        ("PUT", "photos", {"restype": "container", "comp": "acl"}, {OWNER}),
        ("GET", "photos", {"restype": "container", "comp": "list"}, {OWNER, CONTRIBUTOR, READER}),
        ("HEAD", "photos/a.jpg", {}, {OWNER, CONTRIBUTOR, READER}),
        ("GET", "photos/a.jpg", {"comp": "blocklist"}, {OWNER, CONTRIBUTOR, READER}),
        ("PUT", "photos/a/b.jpg", {"comp": "block", "blockid": "x"}, {OWNER, CONTRIBUTOR}),
        ("PUT", "photos/a.jpg", {}, {OWNER, CONTRIBUTOR}),
        ("PUT", "photos/a.jpg", {"comp": "tags"}, {OWNER}),
        ("DELETE", "photos/a.jpg", {}, {OWNER, CONTRIBUTOR}),
    ],
)
def test_roles_for_blobs(method: str, path: str, query: dict[str, str], roles: set[str]) -> None:
    assert roles_for(blob_permission(StorageRequest(method, path, query)), "storage") == roles


@pytest.mark.parametrize(
    ("method", "path", "query", "roles"),
    [
        ("GET", "", {"comp": "list"}, {QUEUES, PEEK}),
        ("PUT", "q", {}, {QUEUES}),
        ("GET", "q", {"comp": "metadata"}, {QUEUES, PEEK}),
        ("DELETE", "q", {}, {QUEUES}),
        ("POST", "q/messages", {}, {QUEUES, SEND}),
        ("GET", "q/messages", {"numofmessages": "16"}, {QUEUES, PROCESS}),
        ("GET", "q/messages", {"peekonly": "true"}, {QUEUES, PEEK, PROCESS}),
        ("DELETE", "q/messages", {}, {QUEUES}),
        ("DELETE", "q/messages/1", {"popreceipt": "p"}, {QUEUES, PROCESS}),
        ("PUT", "q/messages/1", {"popreceipt": "p"}, {QUEUES}),
    ],
)
def test_roles_for_queues(method: str, path: str, query: dict[str, str], roles: set[str]) -> None:
    assert roles_for(queue_permission(StorageRequest(method, path, query)), "storage") == roles


SCHEMA, DATA, READ = "Search Service Contributor", "Search Index Data Contributor", "Search Index Data Reader"


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", "/indexes('photos')", {SCHEMA, "Reader"}),
        ("GET", "/indexes/photos", {SCHEMA, "Reader"}),
        ("GET", "/indexes", {SCHEMA, "Reader"}),
        ("PUT", "/indexes('photos')", {SCHEMA}),
        ("POST", "/indexes", {SCHEMA}),
        ("DELETE", "/indexes('photos')", {SCHEMA}),
        ("GET", "/indexes('photos')/search.stats", {SCHEMA, "Reader"}),
        ("GET", "/servicestats", {SCHEMA, "Reader"}),
        ("POST", "/indexes('photos')/docs/search.index", {DATA}),
        ("POST", "/indexes('photos')/docs/search.post.search", {DATA, READ}),
        ("GET", "/indexes('photos')/docs/$count", {DATA, READ}),
        ("GET", "/indexes('photos')/docs('a')", {DATA, READ}),
    ],
)
def test_roles_for_search(method: str, path: str, roles: set[str]) -> None:
    assert roles_for(search_permission(method, path), "search") == roles


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/openai/v1/chat/completions"),
        ("POST", "/openai/deployments/chat/embeddings"),
        ("POST", "/openai/v1/responses"),
        ("GET", "/openai/v1/models"),
        ("GET", "/openai/v1/models/gpt-5.4-mini"),
    ],
)
def test_one_role_is_for_models(method: str, path: str) -> None:
    operation = model_operation(method, path)

    assert operation
    assert roles_for(operation.permission, "models") == {"Cognitive Services OpenAI User"}


def test_a_new_blob_may_be_added_by_who_may_not_replace_one() -> None:
    permission = blob_permission(StorageRequest("PUT", "photos/a.jpg", {}, creates_only=True))

    assert permission
    assert ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",) in permission.any_of


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("storage", True),
        ("storage/blobServices/default/containers/photos", True),
        ("storage/blobServices/default/containers/photo", False),
        ("storage/blobServices/default/containers/photos-old", False),
        ("search", False),
    ],
)
def test_a_role_counts_at_its_scope_and_below(scope: str, allowed: bool) -> None:
    permission = blob_permission(StorageRequest("GET", "photos/a.jpg", {}))

    assert (READER in roles_for(permission, scope)) == allowed


def test_operations_that_are_not_known_take_no_permission_but_are_refused() -> None:
    assert blob_permission(StorageRequest("PUT", "photos/a.vhd", {"comp": "page"})) is None
    assert queue_permission(StorageRequest("PATCH", "q", {})) is None
    assert search_permission("POST", "/__faults") is None
    assert model_operation("POST", "/openai/v1/images/generations") is None
    assert model_operation("GET", "/__calls") is None


@pytest.mark.parametrize(
    ("method", "letters", "allowed"),
    [("GET", "r", True), ("HEAD", "rw", True), ("PUT", "r", False), ("PUT", "w", True), ("DELETE", "rw", False)],
)
def test_a_link_allows_what_its_letters_say(method: str, letters: str, allowed: bool) -> None:
    permission = blob_permission(StorageRequest(method, "photos/a.jpg", {}))

    assert permission
    assert link_allows(letters, permission) == allowed


def test_a_link_reaches_no_further_than_blobs() -> None:
    permission = blob_permission(StorageRequest("PUT", "photos", {"restype": "container"}))

    assert permission
    assert not link_allows("racwdlt", permission)


def test_roles_and_principals_that_do_not_exist_are_refused() -> None:
    access = AccessControl(DIRECTORY)

    for role, principal in (("Storage Blob Owner", "app"), (READER, "nobody")):
        with pytest.raises(ValueError, match="there is no role"):
            access.replace((RoleAssignment(principal, role, "storage"),))
    assert access.assignments == DIRECTORY.assignments
