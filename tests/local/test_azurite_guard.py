"""What web pages can make a browser ask of the storage emulator, whose key everybody knows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient, ContainerSasPermissions, generate_container_sas
from azure.storage.queue import QueueClient, QueueSasPermissions, QueueServiceClient, generate_queue_sas

from tests.machine import ACCOUNT, KEY, Azurite

SOON = timedelta(hours=1)
PICTURE = b"a picture"


@pytest.fixture
def container(azurite: Azurite) -> Iterator[ContainerClient]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        container = blobs.create_container(f"c{uuid4().hex}")
        container.upload_blob("a.jpg", PICTURE)
        yield container


@pytest.fixture
def blob(container: ContainerClient) -> str:
    """An address that any page could sign: everybody knows the key."""
    name, rights = container.container_name, ContainerSasPermissions(read=True, write=True)
    token = generate_container_sas(ACCOUNT, name, account_key=KEY, permission=rights, expiry=datetime.now(UTC) + SOON)
    return f"{container.url}/a.jpg?{token}"


@pytest.fixture
def queue(azurite: Azurite) -> Iterator[QueueClient]:
    with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        yield queues.create_queue(f"q{uuid4().hex}")


@pytest.fixture
def messages(queue: QueueClient) -> str:
    rights = QueueSasPermissions(read=True, add=True, process=True)
    token = generate_queue_sas(
        ACCOUNT, queue.queue_name, account_key=KEY, permission=rights, expiry=datetime.now(UTC) + SOON
    )
    return f"{queue.url}/messages?{token}"


def ask(method: str, url: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
    return httpx.request(method, url, headers=headers, content=content, trust_env=False)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:10000", "10.0.0.7"])
def test_a_name_that_was_pointed_here_reads_nothing(host: str, blob: str, messages: str) -> None:
    for url in (blob, messages):
        answer = ask("GET", url, {"Host": host})
        assert (answer.status_code, answer.text) == (403, "This host is not allowed here.\n")


@pytest.mark.parametrize(
    "host", ["localhost:10000", "127.0.0.1", "[::1]:10000", "devstoreaccount1.blob.localhost:10000"]
)
def test_the_names_of_this_machine_are_answered(host: str, azurite: Azurite) -> None:
    answer = ask("GET", f"{azurite.blob_url}?comp=list", {"Host": host})

    assert answer.headers["server"].startswith("Azurite")


@pytest.mark.parametrize(
    "page",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_neither_writes_nor_takes_messages(
    page: dict[str, str], blob: str, messages: str, queue: QueueClient, container: ContainerClient
) -> None:
    queue.send_message("kept")
    message = b"<QueueMessage><MessageText>forged</MessageText></QueueMessage>"

    answers = [
        ask("POST", messages, page | {"Content-Type": "text/plain"}, message),
        ask("GET", f"{messages}&visibilitytimeout=600", page),  # what an <img> could ask
        ask("PUT", blob, page | {"x-ms-blob-type": "BlockBlob"}, b"forged"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert all("not allowed here" in answer.text for answer in answers)
    assert [each.content for each in queue.receive_messages()] == ["kept"]
    assert container.download_blob("a.jpg").readall() == PICTURE


def test_a_page_of_ours_shows_pictures_under_whatever_name_it_was_opened(blob: str) -> None:
    for site in ("same-site", "cross-site"):
        assert ask("GET", blob, {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "image"}).content == PICTURE


def test_programs_of_this_machine_are_not_refused(blob: str, messages: str) -> None:
    assert ask("GET", blob, {}).content == PICTURE
    assert ask("GET", messages, {}).status_code == 200
