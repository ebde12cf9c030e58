"""What every response tells browsers, whatever the route answers."""

import re

import httpx
import pytest

from tests.query.fakes import hit
from tests.web.fake_services import SETTINGS, FakeServices
from web.routes import ROUTES, Route

PHOTO = hit(1).photo.id


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
async def test_every_response_says_what_browsers_may_do_with_it(
    route: Route, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(1, format="jpeg")]
    path = re.sub(r"\{\*?\w+\}", PHOTO, route.path).lstrip("/")
    for headers in ({}, {"Host": "evil.example"}, {"Content-Type": "text/plain"}):
        response = await http.request(route.method, f"/{path}", headers=headers)

        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "strict-transport-security" not in response.headers
        is_redirect = response.status_code == 302
        assert response.headers.get("cross-origin-resource-policy") == (None if is_redirect else "same-origin")


@pytest.mark.parametrize("proof", [{"X-Forwarded-Proto": "https"}, {"X-ARR-SSL": "1"}, {"X-AppService-Proto": "https"}])
async def test_browsers_that_came_by_https_stay_with_it_but_not_on_this_machine(
    proof: dict[str, str], http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = SETTINGS.model_copy(update={"allowed_hosts": ("photos.example.org",)})
    outside = {"X-Forwarded-Host": "photos.example.org"}

    assert (await http.get("/", headers=outside | proof)).headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in (await http.get("/", headers=outside)).headers
    assert "strict-transport-security" not in (await http.get("/", headers=proof)).headers


@pytest.mark.parametrize(
    ("public_url", "is_sent"),
    [
        ("https://photos.example.org", True),
        ("http://photos.example.org", False),
        ("https://localhost:8443", False),
    ],
)
@pytest.mark.parametrize("proof", [{}, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Proto": "http"}])
async def test_public_url_tells_the_scheme_whatever_a_proxy_says(
    public_url: str, is_sent: bool, proof: dict[str, str], http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", public_url)

    assert ("strict-transport-security" in (await http.get("/", headers=proof)).headers) is is_sent
