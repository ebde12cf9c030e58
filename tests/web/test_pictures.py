"""Pictures that pass through the app: signed addresses, and what they answer."""

import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest

from shared.photo import photo_id
from shared.picture_links import PictureLink
from shared.search.results import Hit
from shared.storage import DERIVED
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices, FakeStored
from web import pictures, static

ID, OTHER = photo_id("1.jpg"), photo_id("2.jpg")
SIZES = ("thumbnail", "preview", "original")
BYTES = b"0123456789"
OURS = {
    "accept-ranges": "bytes",
    "etag": FakeStored.etag,
    "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


@pytest.fixture
def services(services: FakeServices) -> FakeServices:
    services.settings = services.settings.model_copy(update={"pictures": "proxy", "http_auth": "key"})
    services.index.hits = [hit(1, format="jpeg")]
    services.storage.blobs = {f"{ID}/thumbnail": BYTES, f"{ID}/preview": BYTES, "1.jpg": BYTES}
    return services


def address(services: FakeServices, size: Any = "thumbnail", *, id_: str = ID, seconds: int = 60, **other: Any) -> str:
    """A signed address, as the app itself would make it but for what is said here."""
    container = services.settings.container if size == "original" else DERIVED
    link = PictureLink(other.get("container", container), size, id_, int(time.time()) + seconds)
    signature = link.sign(other.get("secret", services.link_secrets.secrets[0]))
    return f"/api/pictures/{size}/{id_}?expires={link.expires}&signature={signature}"


@pytest.mark.parametrize("size", SIZES)
async def test_redirects_and_links_lead_to_the_app_and_need_no_key(
    size: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = services.settings.model_copy(update={"http_auth": "function"})
    start = int(time.time())
    redirect = await http.get(f"/api/photos/{ID}/{size}")
    links = await http.post("/api/links", json={"ids": [ID, OTHER], "size": size})
    services.settings = services.settings.model_copy(update={"http_auth": "key"})

    assert (redirect.status_code, redirect.headers["cache-control"]) == (302, "private, max-age=450")
    assert links.json()["links"].keys() == ({ID} if size == "original" else {ID, OTHER})
    for url in (redirect.headers["location"], links.json()["links"][ID]):
        assert url.startswith(f"/api/pictures/{size}/{ID}?expires=")
        assert start + 900 <= int(dict(parse_qsl(urlsplit(url).query))["expires"]) <= time.time() + 900
        assert (await http.get(url)).content == BYTES
    assert (await http.get(f"/api/photos/{OTHER}/{size}", headers={"api-key": "x"})).status_code == 401


@pytest.mark.parametrize("origin", ["https://example.org", "https://example.org/photos"])
async def test_addresses_are_those_of_the_public_url(
    origin: str, http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", origin)
    services.settings = services.settings.model_copy(update={"http_auth": "function"})

    links = (await http.post("/api/links", json={"ids": [ID]})).json()["links"]

    assert links[ID].startswith(f"{origin}/api/pictures/thumbnail/{ID}?")
    assert "img-src 'self' blob: data: https://example.org;" in (await http.get("/")).headers["content-security-policy"]


async def test_the_page_shows_pictures_from_where_they_come(services: FakeServices) -> None:
    clients: Any = services
    assert static._picture_origin(clients) == ""

    services.settings = services.settings.model_copy(update={"pictures": "links"})
    assert static._picture_origin(clients) == "https://blobs"


@pytest.mark.parametrize("size", ["thumbnail", "preview"])
async def test_a_derived_picture_is_what_storage_says_and_may_be_kept(
    size: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await http.get(address(services, size))

    assert (answer.status_code, answer.content) == (200, BYTES)
    expected = OURS | {"content-type": "image/webp", "cache-control": "private, max-age=3600", "content-length": "10"}
    assert answer.headers.items() >= expected.items()
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("name", "format_", "type_", "saved_as"),
    [
        ("x.html", "jpeg", "image/jpeg", "x.html.jpg"),
        ("x.svg", "svg", "application/octet-stream", "x.svg"),
        ('a"\r\nSet-Cookie: b=c;.png', "png", "image/png", "a___Set-Cookie_%20b%3Dc%3B.png"),
        ("ä/ü b.jpg", "jpeg", "image/jpeg", "%C3%BC%20b.jpg"),
    ],
)
async def test_an_original_is_saved_as_what_it_is_whatever_its_name(
    name: str, format_: str, type_: str, saved_as: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    photo = replace(hit(1).photo, path=name, format=format_)
    services.index.hits, services.storage.blobs = [Hit(photo, score=1, reranker=None)], {name: BYTES}

    answer = await http.get(address(services, "original"))

    assert (answer.status_code, answer.content) == (200, BYTES)
    disposition = f"attachment; filename*=UTF-8''{saved_as}"
    expected = OURS | {"content-type": type_, "content-disposition": disposition, "cache-control": "private"}
    assert answer.headers.items() >= expected.items()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status", "body", "range_"),
    [
        ({"Range": "bytes=2-6"}, 206, b"23456", "bytes 2-6/10"),
        ({"Range": "bytes=-3"}, 206, b"789", "bytes 7-9/10"),
        ({"Range": "bytes=0-99999999999999999999"}, 206, BYTES, "bytes 0-9/10"),
        ({"Range": "bytes=0-0,5-6"}, 200, BYTES, None),
        ({"Range": "bytes=2-6", "If-Range": FakeStored.etag}, 206, b"23456", "bytes 2-6/10"),
        ({"Range": "bytes=2-6", "If-Range": '"older"'}, 200, BYTES, None),
        ({"Range": "bytes=10-"}, 416, None, "bytes */10"),
        ({"If-None-Match": FakeStored.etag}, 304, b"", None),
        ({"If-None-Match": f'"older", W/{FakeStored.etag}'}, 304, b"", None),
        ({"If-None-Match": "*"}, 304, b"", None),
        ({"If-None-Match": '"older"'}, 200, BYTES, None),
    ],
)
async def test_parts_and_conditions(
    headers: dict[str, str],
    status: int,
    body: bytes | None,
    range_: str | None,
    http: httpx.AsyncClient,
    services: FakeServices,
) -> None:
    answer = await http.get(address(services), headers=headers)

    assert (answer.status_code, answer.headers.get("content-range")) == (status, range_)
    assert body is None or answer.content == body
    head = await http.head(address(services), headers=headers)
    lengths = (head.headers.get("content-length"), answer.headers.get("content-length"))
    assert (head.status_code, head.content, lengths[0]) == (status, b"", lengths[1])


async def test_an_empty_file_is_whole(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.storage.blobs["1.jpg"] = b""

    answer = await http.get(address(services, "original"))

    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


def changed(url: str, *, path: str = "", **query: str | None) -> str:
    parts = urlsplit(url)
    values = {name: value for name, value in (dict(parse_qsl(parts.query)) | query).items() if value is not None}
    return urlunsplit(("", "", path or parts.path, urlencode(values), ""))


FUTURE = str(int(time.time()) + 10**6)
FORGED = {
    "expires later": {"expires": FUTURE},
    "expires never": {"expires": ""},
    "expires in words": {"expires": "tomorrow"},
    "expires before it began": {"expires": "-1"},
    "expires in other digits": {"expires": "".join(chr(0x0660 + int(digit)) for digit in FUTURE)},
    "expires in very many digits": {"expires": "9" * 5000},
    "no signature": {"signature": None},
    "an empty signature": {"signature": ""},
    "half a signature": {"signature": "A" * 20},
    "another signature": {"signature": "A" * 43},
    "a signature that is no ASCII": {"signature": "ü\ud800".encode("utf-8", "replace").decode()},
    "another photo": {"path": f"/api/pictures/thumbnail/{OTHER}"},
    "another size": {"path": f"/api/pictures/preview/{ID}"},
    "the original": {"path": f"/api/pictures/original/{ID}"},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
async def test_a_changed_link_opens_nothing_and_says_so(
    change: dict[str, Any], http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await http.get(changed(address(services), **change))

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "invalid_link")
    assert error["message"].startswith("this link is not")
    assert services.index.queries == []


@pytest.mark.parametrize(
    "other",
    [
        {"secret": b"another secret of another app    "},
        {"secret": b""},
        {"container": "photo-failures"},
        {"container": "photos"},
        {"id_": OTHER, "container": f"{DERIVED}\nthumbnail"},
    ],
)
async def test_only_what_this_app_signed_for_this_container_opens(
    other: dict[str, Any], http: httpx.AsyncClient, services: FakeServices
) -> None:
    assert (await http.get(address(services, **other))).status_code == 403


async def test_a_link_that_has_expired_says_so(http: httpx.AsyncClient, services: FakeServices) -> None:
    for seconds, status in ((2, 200), (0, 403), (-3600, 403)):
        answer = await http.get(address(services, seconds=seconds))
        assert answer.status_code == status
    assert "this link has expired" in answer.json()["error"]["message"]


@pytest.mark.parametrize("extra", ["expires=9", "signature=A"])
async def test_what_is_there_twice_is_no_link(extra: str, http: httpx.AsyncClient, services: FakeServices) -> None:
    for url in (f"{address(services)}&{extra}", address(services).replace("?", f"?{extra}&")):
        assert (await http.get(url)).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        f"/api/pictures/huge/{ID}", f"/api/pictures/thumbnail/{ID.upper()}", "/api/pictures/original/1.jpg",
        f"/api/pictures/thumbnail/{ID}%0a", "/api/pictures/thumbnail/..", f"/api/pictures/thumbnail/../{ID}",
        f"/api/pictures/thumbnail/{ID}/../../photos/1.jpg", "/api/pictures/thumbnail/%2e%2e%2fphotos%2f1.jpg",
    ],
)  # fmt: skip
async def test_there_are_no_other_pictures(path: str, http: httpx.AsyncClient, services: FakeServices) -> None:
    assert (await http.get(changed(address(services), path=path))).status_code in {403, 404}


async def test_a_picture_that_is_gone_is_not_found(http: httpx.AsyncClient, services: FakeServices) -> None:
    assert (await http.get(address(services, id_=OTHER))).status_code == 404
    assert (await http.get(address(services, "original", id_=OTHER))).status_code == 404


async def test_a_secret_that_another_instance_has_made_is_read(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.link_secrets.newer = [b"n" * 32]

    assert (await http.get(address(services, secret=b"n" * 32))).status_code == 200


async def test_where_pictures_come_from_storage_there_are_none_here(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    url = address(services)
    services.settings = services.settings.model_copy(update={"pictures": "links"})

    assert (await http.get(url)).status_code == 404


def test_nothing_that_is_signed_can_be_read_as_something_else() -> None:
    link = PictureLink("photos", "original", ID, 1)
    others = [
        replace(link, container="photo"), replace(link, size="preview"), replace(link, id=OTHER),
        replace(link, expires=11),
    ]  # fmt: skip
    signature = link.sign(b"k")

    assert link.is_signed_by(signature, b"k")
    assert len(signature) == 43
    assert not any(each.is_signed_by(signature, b"k") for each in others)
    assert not link.is_signed_by(signature, b"l")
    assert not link.is_signed_by(f"{signature}=", b"k")
    assert not link.is_signed_by("\ud800", b"k")
    assert pictures.EXPIRES.fullmatch(str(link.expires))
