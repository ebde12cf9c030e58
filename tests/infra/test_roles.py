"""
Every role is needed by something, and everything that takes a role has one.

What the code does is read from its source: the operations of Azure's SDKs that the few files which speak them call.
"""

from functools import cache
from inspect import getmembers
from itertools import pairwise
from typing import Any

import pytest
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from infra.check import INFRA
from tests.infra.source import calls, files_that_import
from tests.infra.templates import Template

CLIENTS: dict[str, tuple[type, ...]] = {
    "azure.storage.blob": (BlobServiceClient, ContainerClient, BlobClient),
    "azure.storage.queue": (QueueServiceClient, QueueClient),
    "azure.search": (SearchClient, SearchIndexClient),
}
# These make objects or end connections: nothing is asked of Azure.
LOCAL = {"close", "from_connection_string", "get_blob_client", "get_container_client", "get_queue_client"}
BLOBS = {
    "acquire_lease", "append_block", "commit_block_list", "create_append_blob", "create_container", "delete_blob",
    "delete_blobs", "download_blob", "exists", "get_blob_properties", "get_container_properties",
    "get_user_delegation_key", "list_blob_names", "list_blobs", "set_blob_metadata", "stage_block", "upload_blob",
    "walk_blobs",
}  # fmt: skip
QUEUES = {
    "create_queue", "delete_message", "delete_queue", "get_queue_properties", "list_queues", "peek_messages",
    "receive_message", "send_message",
}  # fmt: skip
INDEX = {"create_or_update_index", "delete_index", "get_index"}
DOCUMENTS = {"get_document", "get_document_count", "index_documents", "send_request"}
# The built-in roles and what, of the operations that the code calls, each of them allows.
ALLOWED = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": BLOBS,  # Storage Blob Data Owner
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": BLOBS,  # Storage Blob Data Contributor
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": QUEUES,  # Storage Queue Data Contributor
    "7ca78c08-252a-4471-8644-bb5ff32d4ba0": INDEX,  # Search Service Contributor
    "8ebe5a00-799e-43f5-93ac-243d3dce84a7": DOCUMENTS,  # Search Index Data Contributor
}
TABLES = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"  # Storage Table Data Contributor
MODELS = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"  # Cognitive Services OpenAI User
BATCHES = "a001fd3d-188f-4b5d-821b-7da978bf7442"  # Cognitive Services OpenAI Contributor: files and batches as well
EITHER = "[if(parameters('batches'), variables('cognitiveServicesOpenAiContributor'), "
EITHER += "variables('cognitiveServicesOpenAiUser'))]"
METRICS = "3913510d-42f4-4e42-8a64-420c390055eb"  # Monitoring Metrics Publisher
SECRETS = "4633458b-17de-408a-b874-0445c86b69e6"  # Key Vault Secrets User
SENDER = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"  # Storage Queue Data Message Sender
PEOPLE = ["appRoles", "deployerRoles"]


@cache
def operations() -> frozenset[str]:
    """What the code asks of storage and search."""
    names = set()
    for sdk, clients in CLIENTS.items():
        known = {
            name for client in clients for name, member in getmembers(client) if callable(member) and name[0] != "_"
        }
        names |= {name for file in files_that_import(sdk) for name in calls(file) & known}
    return frozenset(names - LOCAL)


def roles(app: Template, whose: str) -> dict[str, list[str]]:
    """The ids of someone's roles, by what they are for."""
    template = app.module("roles")
    resolved: dict[str, list[str]] = template.resolve(template.body["variables"][whose])
    return resolved


def ids(app: Template, whose: str) -> set[str]:
    return {each for those in roles(app, whose).values() for each in those}


@pytest.mark.parametrize("whose", PEOPLE)
def test_a_role_allows_every_operation_that_the_code_calls(app: Template, whose: str) -> None:
    allowed = set().union(*(ALLOWED.get(each, set()) for each in ids(app, whose)))

    assert operations() - allowed == set()


@pytest.mark.parametrize("whose", PEOPLE)
def test_every_role_for_data_allows_something_that_the_code_calls(app: Template, whose: str) -> None:
    for role in ids(app, whose) & ALLOWED.keys():
        assert ALLOWED[role] <= operations(), "the table has operations that nothing calls"


@pytest.mark.parametrize("whose", PEOPLE)
def test_no_two_roles_allow_the_same(app: Template, whose: str) -> None:
    allowed = [ALLOWED[each] for each in ids(app, whose) & ALLOWED.keys()]

    assert sum(map(len, allowed)) == len(set().union(*allowed))


def test_the_models_are_asked_with_the_token_of_an_identity(app: Template) -> None:
    assert "post" in calls("shared/models/wire.py"), "embeddings and answers"
    assert "list" in calls("shared/models/client.py"), "the list of models"
    assert [roles(app, each)["models"] for each in PEOPLE] == [[EITHER], [EITHER]]


def test_files_of_batches_take_a_role_of_more_rights_only_where_there_are_batches(app: Template) -> None:
    variables = app.module("roles").body["variables"]
    files_and_batches = calls("shared/models/batches.py")

    assert {"create", "delete", "content", "retrieve"} <= files_and_batches, "files, which a user only reads"
    assert variables["cognitiveServicesOpenAiUser"] == MODELS
    assert variables["cognitiveServicesOpenAiContributor"] == BATCHES
    assert app.arguments("roles")["batches"] == "[not(empty(parameters('choices').BATCH_MODEL))]"


def test_the_other_roles_of_the_app_have_their_reasons(app: Template, main: Template) -> None:
    settings = app.arguments("app")["settings"]
    others = ids(app, "appRoles") - ALLOWED.keys() - {EITHER}

    assert others == {TABLES, METRICS, SECRETS}
    assert "AzureWebJobsStorage__tableServiceUri" in settings
    assert main.resource("Microsoft.Insights/components")["properties"]["DisableLocalAuth"] is True
    assert settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"].endswith(
        "Authorization=AAD', reference('identity').clientId)]"
    )
    assert any("@Microsoft.KeyVault" in str(each) for each in settings.values())


def test_whoever_deploys_reads_the_key_through_azd(app: Template, parameters: dict[str, Any]) -> None:
    assert ids(app, "deployerRoles") - ALLOWED.keys() == {EITHER, SECRETS}
    assert "secretOrRandomPassword ${AZURE_KEY_VAULT_NAME}" in parameters["apiKey"]


def test_who_deploys_is_not_allowed_more_than_the_app(app: Template) -> None:
    owner, contributor = list(ALLOWED)[:2]

    assert ids(app, "deployerRoles") - {contributor} <= ids(app, "appRoles")
    assert owner not in ids(app, "deployerRoles")


def test_the_topic_may_put_messages_into_queues_and_nothing_else(app: Template) -> None:
    topic = app.module("topic")
    [assignment] = topic.resources("Microsoft.Authorization/roleAssignments")
    [subscription] = topic.resources("Microsoft.EventGrid/systemTopics/eventSubscriptions")

    assert SENDER in assignment["properties"]["roleDefinitionId"]
    assert subscription["properties"]["deliveryWithResourceIdentity"]["identity"] == {"type": "SystemAssigned"}


def test_every_assignment_comes_from_the_tables(app: Template, main: Template) -> None:
    template = app.module("roles")
    scopes = [each["copy"]["count"] for each in template.resources("Microsoft.Authorization/roleAssignments")]

    assert sorted(scopes) == sorted(f"[length(variables('grants').{each})]" for each in roles(app, "appRoles"))
    assert len(main.resources("Microsoft.Authorization/roleAssignments")) == len(scopes) + 1


def test_each_role_has_its_reason_beside_it() -> None:
    lines = (INFRA / "roles.bicep").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if line.startswith("var ") and line.endswith("'") and "-" in line:
            assert before.startswith("// "), line
