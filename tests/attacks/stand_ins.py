"""The host's own addresses and the stand-ins of a laptop, which are open to whoever reaches them: no web page may."""

from collections.abc import Iterator

from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.origins import FOREIGN_HOSTS, FOREIGN_ORIGINS, FOREIGN_SITES
from tests.attacks.target import JSON, Target

REFUSALS = (400, 401, 403, 404, 421)
HOST_ADDRESSES = (
    ("GET", "/admin/host/status"),
    ("GET", "/admin/functions"),
    ("POST", "/admin/functions/reconcile"),
    ("POST", "/ADMIN/functions/reconcile"),
    ("POST", "/admin/functions/photo_deleted"),
    ("POST", "/runtime/webhooks/blobs?functionName=Host.Functions.photo_arrived"),
    ("POST", "/runtime/webhooks/eventgrid?functionName=Host.Functions.photo_arrived"),
    ("OPTIONS", "/runtime/webhooks/blobs?functionName=Host.Functions.photo_arrived"),
)
STAND_IN_ADDRESSES = (
    ("GET", "/__health"),
    ("POST", "/__faults"),
    ("DELETE", "/__faults"),
    ("GET", "/__calls"),
    ("DELETE", "/__calls"),
    ("POST", "/__options"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/embeddings"),
    ("GET", "/v1/models"),
    ("GET", "/indexes?api-version=2026-04-01"),
    ("DELETE", "/indexes('photos')?api-version=2026-04-01"),
)
BAD_BODIES = (
    b"", b"null", b"[]", b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b'{"kind": "\\ud800"}', b'"\xff"',
    b'{"seconds": ' + b"9" * 5000 + b"}", b'{"times": 1e999}', b'{"on": NaN}',
)  # fmt: skip


def attacks() -> Iterator[Attack]:
    for method, path in HOST_ADDRESSES:
        yield Attack(
            "host's own", f"a page of somebody else asks {method} {path.partition('?')[0]}", _host(method, path)
        )
    yield Attack("host's own", "bodies that are no events and no input", _host_bodies)
    for method, path in STAND_IN_ADDRESSES:
        yield Attack(
            "stand-in", f"a page of somebody else asks {method} {path.partition('?')[0]}", _stand_in(method, path)
        )
    yield Attack("stand-in", "bodies that are none", _stand_in_bodies)


def _foreign(host: str) -> Iterator[dict[str, str]]:
    yield from ({"Host": each} for each in FOREIGN_HOSTS)
    yield from ({"Origin": each.format(host=host)} for each in FOREIGN_ORIGINS)
    yield from FOREIGN_SITES


def _host(method: str, path: str) -> Check:
    def check(target: Target) -> None:
        for headers in _foreign(target.host):
            reply = target.send(
                method, path, {"Content-Type": "text/plain"} | headers, b"{}", key=None, status=REFUSALS
            )
            assert not reply.header("access-control-allow-origin"), f"{headers} may read"

    return check


def _host_bodies(target: Target) -> None:
    for method, path in HOST_ADDRESSES:
        if method == "POST":
            for body in BAD_BODIES:
                reply = target.send(method, path, JSON, body)
                assert reply.status < 500, f"{path} of {body[:40]!r}: {reply}"


def _stand_in(method: str, path: str) -> Check:
    def check(target: Target) -> None:
        if not target.stand_ins:
            raise NotApplicable("--stand-in names none")
        for url in target.stand_ins:
            for headers in _foreign(url.partition("//")[2]):
                target.send(method, path, {"Content-Type": "text/plain"} | headers, b"{}", url=url, status=REFUSALS)

    return check


def _stand_in_bodies(target: Target) -> None:
    if not target.stand_ins:
        raise NotApplicable("--stand-in names none")
    for url in target.stand_ins:
        for method, path in STAND_IN_ADDRESSES:
            if method == "POST":
                for body in BAD_BODIES:
                    reply = target.send(method, path, JSON, body, url=url)
                    assert 400 <= reply.status < 500, f"{url}{path} of {body[:40]!r}: {reply}"
