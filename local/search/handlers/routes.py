"""Every operation of the service: its method, its paths and its handler."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from local.search.handlers import documents, indexes, queries
from local.search.handlers.request import ApiRequest


@dataclass(frozen=True)
class ApiRoute:
    """`admin` operations need the admin key; `is_search` ones run one at a time."""

    method: str
    paths: tuple[str, ...]
    handler: Callable[[ApiRequest], Response]
    admin: bool = True
    is_search: bool = False


INDEX_PATHS = ("/indexes('{name}')", "/indexes/{name}")


def index_paths(*tails: str) -> tuple[str, ...]:
    """Return paths below an index, as OData spells them and as plain REST does."""
    return tuple(f"{index}{tail}" for index in INDEX_PATHS for tail in tails)


def search_route(method: str, paths: tuple[str, ...], handler: Callable[[ApiRequest], Response]) -> ApiRoute:
    return ApiRoute(method, paths, handler, admin=False, is_search=True)


ROUTES = (
    ApiRoute("GET", ("/servicestats",), indexes.service_statistics),
    ApiRoute("GET", ("/indexes",), indexes.list_indexes),
    ApiRoute("POST", ("/indexes",), indexes.create_index),
    ApiRoute("GET", index_paths("/search.stats", "/stats"), indexes.index_statistics),
    ApiRoute("POST", index_paths("/docs/search.index", "/docs/index"), documents.index_documents),
    ApiRoute("GET", index_paths("/docs/$count"), documents.count_documents, admin=False),
    search_route("POST", index_paths("/docs/search.post.search", "/docs/search"), queries.post_search),
    search_route("GET", index_paths("/docs"), queries.get_search),
    search_route("POST", index_paths("/docs/search.post.suggest", "/docs/suggest"), queries.post_suggest),
    search_route("GET", index_paths("/docs/search.suggest", "/docs/suggest"), queries.get_suggest),
    search_route(
        "POST", index_paths("/docs/search.post.autocomplete", "/docs/autocomplete"), queries.post_autocomplete
    ),
    search_route("GET", index_paths("/docs/search.autocomplete", "/docs/autocomplete"), queries.get_autocomplete),
    ApiRoute("POST", index_paths("/search.analyze", "/analyze"), indexes.analyze_text),
    ApiRoute("GET", index_paths("/docs('{key:path}')", "/docs/{key:path}"), documents.get_document, admin=False),
    ApiRoute("GET", INDEX_PATHS, indexes.get_index),
    ApiRoute("PUT", INDEX_PATHS, indexes.create_or_update_index),
    ApiRoute("DELETE", INDEX_PATHS, indexes.delete_index),
    *(ApiRoute("GET", (f"/{kind}",), indexes.list_unsupported) for kind in indexes.UNSUPPORTED_RESOURCES),
    *(ApiRoute("GET", (f"/{kind}('{{name}}')",), indexes.get_unsupported) for kind in indexes.UNSUPPORTED_RESOURCES),
    *(
        ApiRoute(
            method,
            (f"/{kind}", f"/{kind}('{{name}}')", f"/{kind}('{{name}}')/{{action:path}}"),
            indexes.change_unsupported,
        )
        for kind in indexes.UNSUPPORTED_RESOURCES
        for method in ("POST", "PUT", "DELETE")
    ),
)
