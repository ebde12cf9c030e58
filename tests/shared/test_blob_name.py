"""Names that a listing can give back, against Azurite."""

import asyncio

import pytest
from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobServiceClient

from shared.blob_name import fault_in_name
from tests.machine import Azurite

GOOD = [
    "\u05d0\u200f.jpg",
    "\u202ea.jpg",
    "e\u0301.jpg",
    "\ufeffa",
    "\ue000",
    "\U0001fffe",
    " a",
    "a%20?#&+.jpg",
    "a" * 1024,
]
GOOD += ["a/" * 253 + "a", "a\xa0b", "\u2028a", "\ufffd"]
UNLISTABLE = ["a\x00b", "a\x0bb", "a\x1fb", "a\ufffe.jpg", "a\uffff"]
FORBIDDEN = [
    "",
    "a" * 1025,
    " ",
    "\u3000\t",
    "a/" * 254 + "a",
    "a\x7f",
    "a\x80",
    "a\x85",
    "a\x9f.jpg",
    "a\ud800b",
    "\udcff",
]


async def lists(azurite: Azurite, container: str, name: str) -> bool:
    """Whether a container with a blob of this name lists it."""
    async with BlobServiceClient.from_connection_string(azurite.connection_string, retry_total=0) as blobs:
        client = blobs.get_container_client(container)
        await client.create_container()
        await client.get_blob_client(name).upload_blob(b"x")
        try:
            return [each async for each in client.list_blob_names()] == [name]
        except AzureError:
            return False


@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_listed_is_taken(name: str, azurite: Azurite) -> None:
    assert fault_in_name(name) is None
    assert asyncio.run(lists(azurite, f"good-{GOOD.index(name)}", name))


@pytest.mark.parametrize("name", [*UNLISTABLE, "a\\b"])
def test_what_breaks_a_listing_is_refused(name: str, azurite: Azurite) -> None:
    assert fault_in_name(name)
    assert not asyncio.run(lists(azurite, f"bad-{abs(hash(name))}", name))


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_azure_forbids_is_refused_in_words(name: str) -> None:
    assert str(fault_in_name(name)).startswith("a path must ")


def test_the_character_at_fault_is_named() -> None:
    assert fault_in_name("a\x85b") == "a path must not contain U+0085: no list of photos could contain it"
