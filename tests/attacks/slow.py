"""Clients that take their time: each holds a connection, and none may hold up the others or stay for ever."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from tests.attacks.attack import Attack, Check
from tests.attacks.target import PATIENCE, Target

CONNECTIONS = 60  # of each kind
LONGEST = 120.0  # seconds that the slowest may stay
PACE = 0.5  # seconds between what a slow client sends
HEAD = "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"


def _nothing(target: Target) -> bytes:
    return b""


def _headers(target: Target) -> bytes:
    return f"GET /api/status HTTP/1.1\r\nHost: {target.host}\r\nX-Slow: ".encode()


def _body(target: Target) -> bytes:
    head = HEAD.format(method="POST", path="/v1/chat/completions", host=target.host)
    return f"{head}{_key(target)}Content-Length: 60000\r\n\r\n".encode()


def _chunks(target: Target) -> bytes:
    head = HEAD.format(method="POST", path="/api/links", host=target.host)
    return f"{head}{_key(target)}Transfer-Encoding: chunked\r\n\r\n8000\r\n".encode()


def _upload(target: Target) -> bytes:
    head = HEAD.format(method="PUT", path=f"/api/photos/{target.folder}/slow.jpg", host=target.host)
    return f"{head}{_key(target)}Content-Length: 60000\r\n\r\n".encode()


def _key(target: Target) -> str:
    if target.token:
        return f"Authorization: Bearer {target.token}\r\n"
    return f"x-functions-key: {target.key}\r\n" if target.key else ""


SENDERS: dict[str, Callable[[Target], bytes]] = {
    "nothing": _nothing,
    "headers, a letter at a time": _headers,
    "the body of a chat, a letter at a time": _body,
    "a chunk, a letter at a time": _chunks,
    "an upload, a letter at a time": _upload,
}


class SlowSenders:
    """All of them at once, in the background, as they wait more than they work."""

    def __init__(self, target: Target) -> None:
        self._pool = ThreadPoolExecutor(len(SENDERS))
        self._times: dict[str, Future[float]] = {
            name: self._pool.submit(_stay, target, start(target)) for name, start in SENDERS.items()
        }

    def seconds(self, name: str) -> float:
        """How long the last connection of a kind was kept."""
        return self._times[name].result()

    def close(self) -> None:
        self._pool.shutdown()


def _stay(target: Target, start: bytes) -> float:
    """Seconds until the app has closed every one of the connections, or LONGEST."""
    began = time.monotonic()
    contexts = [target.connection() for _ in range(CONNECTIONS)]
    connections = [context.__enter__() for context in contexts]
    try:
        for connection in connections:
            connection.sendall(start)
        while connections and time.monotonic() - began < LONGEST:
            time.sleep(PACE)
            connections = [each for each in connections if _is_open(each, bool(start))]
    finally:
        for context in contexts:
            context.__exit__(None, None, None)
    return time.monotonic() - began


def _is_open(connection: socket.socket, sends: bool) -> bool:
    """Send one more letter; whatever comes back is the end."""
    connection.settimeout(0)
    try:
        if sends:
            connection.send(b"a")
        return not connection.recv(1000) and False
    except (BlockingIOError, TimeoutError):
        return True
    except OSError:
        return False


_running: dict[int, SlowSenders] = {}


def start(target: Target) -> SlowSenders:
    """Begin now; the attacks below ask how it went."""
    _running[id(target)] = SlowSenders(target)
    return _running[id(target)]


def attacks() -> Iterator[Attack]:
    yield Attack("slow", "others are answered while slow ones wait", _others)
    for name in SENDERS:
        yield Attack("slow", f"{CONNECTIONS} connections that send {name}", _let_go(name))


def _others(target: Target) -> None:
    _of(target)
    for path in ("/", "/api/status", "/api/search"):
        reply = target.send("GET", path, status=(200, 401))
        assert reply.seconds < PATIENCE, f"{path} took {reply.seconds:.0f} s"


def _let_go(name: str) -> Check:
    def check(target: Target) -> None:
        seconds = _of(target).seconds(name)
        assert seconds < LONGEST, f"they were kept for {seconds:.0f} s"

    return check


def _of(target: Target) -> SlowSenders:
    return _running.get(id(target)) or start(target)
