"""Every operation of the service: method, addresses, and the door behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from local.search.doors import documents, indexes, queries
from local.search.doors.call import Call


@dataclass(frozen=True)
class Door:
    """`admin` doors do not open with a query key; at the door of `searches` people wait in line."""

    method: str
    paths: tuple[str, ...]
    answer: Callable[[Call], Response]
    admin: bool = True
    searches: bool = False


INDEX = ("/indexes('{name}')", "/indexes/{name}")


def below(*tails: str) -> tuple[str, ...]:
    """Return the addresses below an index, in OData's spelling and in plain REST's."""
    return tuple(f"{index}{tail}" for index in INDEX for tail in tails)


def search(method: str, paths: tuple[str, ...], answer: Callable[[Call], Response]) -> Door:
    return Door(method, paths, answer, admin=False, searches=True)


DOORS = (
    Door("GET", ("/servicestats",), indexes.service_statistics),
    Door("GET", ("/indexes",), indexes.list_all),
    Door("POST", ("/indexes",), indexes.create),
    Door("GET", below("/search.stats", "/stats"), indexes.statistics),
    Door("POST", below("/docs/search.index", "/docs/index"), documents.write),
    Door("GET", below("/docs/$count"), documents.count, admin=False),
    search("POST", below("/docs/search.post.search", "/docs/search"), queries.post_search),
    search("GET", below("/docs"), queries.get_search),
    search("POST", below("/docs/search.post.suggest", "/docs/suggest"), queries.post_suggest),
    search("GET", below("/docs/search.suggest", "/docs/suggest"), queries.get_suggest),
    search("POST", below("/docs/search.post.autocomplete", "/docs/autocomplete"), queries.post_autocomplete),
    search("GET", below("/docs/search.autocomplete", "/docs/autocomplete"), queries.get_autocomplete),
    Door("POST", below("/search.analyze", "/analyze"), indexes.analyze),
    Door("GET", below("/docs('{key:path}')", "/docs/{key:path}"), documents.lookup, admin=False),
    Door("GET", INDEX, indexes.get),
    Door("PUT", INDEX, indexes.put),
    Door("DELETE", INDEX, indexes.delete),
    *(Door("GET", (f"/{name}",), indexes.nothing) for name in indexes.NEIGHBOURS),
    *(Door("GET", (f"/{name}('{{one}}')",), indexes.absent) for name in indexes.NEIGHBOURS),
    *(
        Door(method, (f"/{name}", f"/{name}('{{one}}')", f"/{name}('{{one}}')/{{action:path}}"), indexes.refused)
        for name in indexes.NEIGHBOURS
        for method in ("POST", "PUT", "DELETE")
    ),
)
