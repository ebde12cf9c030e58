"""HTTP functions by path and method."""

from dataclasses import dataclass

from local.host.errors import HostStartupError
from local.host.function_metadata import FunctionMetadata
from local.host.http.route_template import RouteTemplate, parse_template

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
"""What the worker's HTTP server accepts; no function can receive other methods."""

_RESERVED_SEGMENTS = ("admin", "runtime")


@dataclass(frozen=True)
class HttpRoute:
    """One HTTP function, its route and its methods."""

    function: FunctionMetadata
    template: RouteTemplate
    methods: tuple[str, ...]


@dataclass(frozen=True)
class RouteMatch:
    """`function` is None if the path is known but not with this method; `allowed` lists the methods it has."""

    function: FunctionMetadata | None
    values: dict[str, str]
    allowed: tuple[str, ...]


class RouteTable:
    """All HTTP functions, the most specific first."""

    def __init__(self, functions: list[FunctionMetadata], prefix: str) -> None:
        routes = [_build_route(function, prefix) for function in functions if function.trigger.type == "httpTrigger"]
        self.routes = sorted(routes, key=lambda route: route.template.rank)

    def match(self, method: str, path: str) -> RouteMatch | None:
        """None if no function has this path; HEAD matches a function that answers GET."""
        allowed: list[str] = []
        fallback: RouteMatch | None = None
        for route in self.routes:
            values = route.template.match(path)
            if values is None:
                continue
            if method in route.methods:
                return RouteMatch(route.function, values, route.methods)
            if method == "HEAD" and "GET" in route.methods and fallback is None:
                fallback = RouteMatch(route.function, values, route.methods)
            allowed += route.methods
        return fallback or (RouteMatch(None, {}, tuple(dict.fromkeys(allowed))) if allowed else None)


def _build_route(function: FunctionMetadata, prefix: str) -> HttpRoute:
    # An empty route means the function's name; the root is written "/".
    route = str(function.trigger.data.get("route") or function.name)
    if prefix and route.startswith("/"):
        raise HostStartupError(
            f"Function '{function.name}': with the routePrefix '{prefix}' of host.json the route '{route}' makes two "
            "slashes in a row, which no template may have."
        )
    route = route.strip("/")
    text = "/".join(part for part in (prefix, route) if part)
    if text.split("/", 1)[0].casefold() in _RESERVED_SEGMENTS:
        raise HostStartupError(f"Function '{function.name}': the route '{text}' is one of the host's own.")
    methods = function.trigger.data.get("methods") or METHODS
    return HttpRoute(function, parse_template(text, function.name), tuple(str(method).upper() for method in methods))
