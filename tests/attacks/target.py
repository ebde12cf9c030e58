"""The app under attack: requests that no well-behaved client would send, and what every reply must be."""

import re
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tests.attacks.reply import Reply, read_replies, read_reply

JSON = {"Content-Type": "application/json"}
PATIENCE = 60.0  # seconds in which anything must be answered
# What no stranger must learn: our code's paths and stack, the services behind us, their keys.
LEAKS = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\.py\"|site-packages|/(?:home|usr/lib|wwwroot)/|AccountKey=|"
    r"SharedAccessKey|DefaultEndpointsProtocol|devstoreaccount1.{0,40}Eby8vdM02|\bat 0x[0-9a-f]{6,}|pydantic\.dev|"
    r"starlette\.|azure\.core\.|RequestId:|x-ms-request-id"
)
Headers = Mapping[str, str | None] | Sequence[tuple[str, str]]


@dataclass
class Target:
    """
    A running app. It is asked with the keys, or for somebody who has signed in with their `token`; `stand_ins` are the
    URLs of the services on a laptop. `secrets` are words that no reply may hold, unless the request had them.

    `neighbour` is somebody else's view of the same app, whose photos are hidden.
    """

    url: str
    key: str | None = None
    read_key: str | None = None
    revoked_key: str | None = None
    stand_ins: Sequence[str] = ()
    folder: str = "attacks"
    photos: dict[str, str] = field(default_factory=dict)  # ids by name in the folder
    hostile: dict[str, str] = field(default_factory=dict)  # the same of photos whose words are attacks
    hostile_places: set[str] = field(default_factory=set)  # where such words could be written
    collections: list[str] = field(default_factory=list)  # ids of collections that were made
    token: str | None = None
    secrets: Sequence[str] = ()
    neighbour: "Target | None" = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def base(self) -> str:
        """The path that is before those of all routes."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def needs_key(self) -> bool:
        return self.send("GET", "/api/status", key=None).status == 401

    @contextmanager
    def connection(self, url: str = "") -> Iterator[socket.socket]:
        """A connection to the app, or to another server."""
        parts = urlsplit(url or self.url)
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        with socket.create_connection((parts.hostname or "", port), timeout=PATIENCE) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if parts.scheme != "https":
                yield plain
                return
            with ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure:
                yield secure

    def send(
        self,
        method: str,
        path: str,
        headers: Headers = (),
        body: bytes | Iterable[bytes] = b"",
        *,
        key: str | None = "",
        status: Iterable[int] = (),
        url: str = "",
    ) -> Reply:
        """
        The reply to one request, sent as it is written here; an iterable body is sent in chunks.

        A header that is None is left out. `key=None` sends no key. `status` are those that may come back, where 0 is a
        connection that was closed without a word.
        """
        given = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        names = {name.lower() for name, _ in given}
        all_headers = [(name, value) for name, value in given if value is not None]
        defaults = {"Host": urlsplit(url or self.url).netloc, "Connection": "close"}
        if (used := self.key if key == "" else key) is not None and not url:
            defaults["x-functions-key"] = used
        if key == "" and self.token and not url:
            defaults["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, bytes):
            if body or method in {"POST", "PUT", "PATCH"}:
                defaults["Content-Length"] = str(len(body))
        else:
            defaults["Transfer-Encoding"] = "chunked"
        all_headers = [(name, value) for name, value in defaults.items() if name.lower() not in names] + all_headers
        prefix = urlsplit(url).path.rstrip("/") if url else self.base
        head = f"{method} {prefix if path.startswith('/') else ''}{path} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in all_headers) + "\r\n"
        reply = self._exchange(head.encode("latin-1"), body, method, url)
        if not url:
            check_reply(reply, method, path)
            self._check_secrets(reply, f"{head} {body!r}")
        allowed = set(status)
        assert not allowed or reply.status in allowed, f"{method} {path[:200]} was answered with {reply}"
        return reply

    def _exchange(self, head: bytes, body: bytes | Iterable[bytes], method: str, url: str) -> Reply:
        start = time.monotonic()
        with self.connection(url) as connection:
            with suppress(OSError):  # it may have answered before it stopped to listen
                connection.sendall(head)
                for piece in [body] if isinstance(body, bytes) else _chunks(body):
                    if _has_answered(connection):
                        break
                    connection.sendall(piece)
            return read_reply(connection, method, start)

    def raw(self, data: bytes, *, patience: float = 3) -> list[Reply]:
        """The replies on a connection that was sent these bytes, until it is closed or nothing more comes."""
        with self.connection() as connection:
            connection.settimeout(patience)
            with suppress(OSError):
                connection.sendall(data)
            replies = read_replies(connection)
        for reply in replies:
            check_reply(reply, "raw", data[:100].decode("latin-1"))
            self._check_secrets(reply, repr(data))
        return replies

    def _check_secrets(self, reply: Reply, sent: str) -> None:
        text = f"{reply.headers} {reply.body.decode('utf-8', 'replace')}" if self.secrets else ""
        for word in self.secrets:
            assert word not in text or word in sent, f"{sent[:200]} told {word}"

    def search(self, *, status: Iterable[int] = (), **parameters: str) -> Reply:
        """A search in our folder."""
        return self.send("GET", f"/api/search?{urlencode({'folder': self.folder} | parameters)}", status=status)


def _chunks(body: Iterable[bytes]) -> Iterator[bytes]:
    for piece in body:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _has_answered(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def check_reply(reply: Reply, method: str, path: str) -> None:
    """What holds for every reply: no error of ours, no secret, no cookie, and in time."""
    what = f"{method} {path[:200]!r}"
    assert reply.status < 500 or reply.status in {501, 503, 505}, f"{what} was answered with {reply}"
    assert reply.seconds < PATIENCE, f"{what} took {reply.seconds:.0f} s"
    text = f"{reply.headers} {reply.body[:200_000].decode('utf-8', 'replace')}"
    leak = LEAKS.search(text)
    assert not leak, f"{what} told {leak[0] if leak else ''!r}: {reply}"
    assert "set-cookie" not in reply.names, f"{what} set a cookie"
    if "content-security-policy" in reply.names:  # ours, and not the host's own
        assert reply.header("x-content-type-options") == "nosniff", f"{what} may be sniffed: {reply}"
