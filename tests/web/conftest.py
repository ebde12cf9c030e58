"""The app's routes over services in memory."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from catalogue import context as catalogue_side
from ingest import context as ingest_side
from query import context as query_side
from shared.access import audit
from tests.web.fake_services import FakeServices
from web import (
    access,
    audit as audit_route,
    authentication,
    catalogue as fields_route,
    chat,
    collections,
    entry,
    feedback,
    job_actions,
    job_context,
    job_photos,
    job_records,
    job_turns,
    large_exports,
    large_thumbnails,
    links,
    me,
    moved_photos,
    photo_map,
    pictures,
    proposals,
    request_origin,
    review,
    service_checks,
    shared,
    shares,
    static,
    status,
    vocabulary,
)
from web.entry import answer
from web.openapi import document
from web.routes import ROUTES, Route


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    """The services that every handler gets."""
    fake = FakeServices()
    modules = (
        audit,
        catalogue_side,
        ingest_side,
        query_side,
        access,
        audit_route,
        authentication,
        fields_route,
        chat,
        collections,
        document,
        entry,
        feedback,
        job_actions,
        job_context,
        job_photos,
        job_records,
        job_turns,
        large_exports,
        large_thumbnails,
        links,
        me,
        moved_photos,
        photo_map,
        pictures,
        proposals,
        request_origin,
        review,
        review,
        service_checks,
        shared,
        shares,
        static,
        status,
        vocabulary,
    )
    for module in modules:
        monkeypatch.setattr(module, "services", lambda: fake)
    monkeypatch.setattr(service_checks, "MAX_AGE", 0.0)
    caches = (
        catalogue_side.catalogue_context,
        query_side.query_context,
        ingest_side.ingest_context,
        service_checks.service_monitor,
        feedback.rate_limit,
        job_context.job_runner,
        audit.audit_writer,
        audit.refusal_limit,
    )
    for each in caches:
        each.cache_clear()
    yield fake
    for each in caches:
        each.cache_clear()


@pytest.fixture
async def http(services: FakeServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of all routes, as `function_app.py` serves them."""
    app = Starlette(routes=[starlette_route(route) for route in ROUTES])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


def starlette_route(route: Route) -> StarletteRoute:
    path = "/" + re.sub(r"\{\*(\w+)\}", r"{\1:path}", route.path).lstrip("/")
    return StarletteRoute(path, responder(route), methods=[route.method], name=route.function)


def responder(route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(route, request)

    return endpoint
