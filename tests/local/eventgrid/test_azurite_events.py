"""Azurite's events: each operation is told once, also where the connection it is told by was closed meanwhile."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest
from azure.storage.blob import ContainerClient

from tests.machine import eventually, running_azurite

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class HangingUp:
    """A server that answers the first request of each connection, and at the next one hangs up instead."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.hung_up = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.told.append(_read(connection))
                connection.sendall(ANSWER)
                if _read(connection):
                    self.hung_up += 1

    def close(self) -> None:
        self._socket.close()


def _read(connection: socket.socket) -> str:
    """The name of the blob that a request tells of; empty when the other end has left."""
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}"):
        if not (more := connection.recv(65536)):
            return ""
        data += more
    return str(json.loads(data.partition(b"\r\n\r\n")[2])["address"]).rpartition("/")[2]


@pytest.fixture
def hanging_up() -> Iterator[HangingUp]:
    server = HangingUp()
    yield server
    server.close()


def test_an_operation_is_told_again_where_a_kept_connection_was_closed(hanging_up: HangingUp) -> None:
    with running_azurite(memory=True, event_grid=hanging_up.url) as azurite:
        container = ContainerClient.from_connection_string(azurite.connection_string, "photos")
        container.create_container()
        for number in range(4):
            container.upload_blob(f"{number}.jpg", b"x")

        def all_are_told() -> None:
            assert sorted(hanging_up.told) == [f"{number}.jpg" for number in range(4)]

        eventually(all_are_told)
        container.close()
    assert hanging_up.hung_up
