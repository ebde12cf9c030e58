"""HTTP functions by path and method."""

from dataclasses import dataclass

from .errors import CannotRun
from .functions import Function
from .templates import Template, parse_template

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
"""What the worker's HTTP server accepts; other methods can reach no function."""

_RESERVED = ("admin", "runtime")


@dataclass(frozen=True)
class Route:
    """One HTTP function and what reaches it."""

    function: Function
    template: Template
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """`function` is None where the path is known but not with this method; `allowed` says which."""

    function: Function | None
    values: dict[str, str]
    allowed: tuple[str, ...]


class Routes:
    """All HTTP functions, the most specific first."""

    def __init__(self, functions: list[Function], prefix: str) -> None:
        routes = [_route(function, prefix) for function in functions if function.trigger.type == "httpTrigger"]
        self.all = sorted(routes, key=lambda route: route.template.rank)

    def match(self, method: str, path: str) -> Match | None:
        """None where no function has this path; HEAD reaches what answers GET."""
        allowed: list[str] = []
        fallback: Match | None = None
        for route in self.all:
            values = route.template.match(path)
            if values is None:
                continue
            if method in route.methods:
                return Match(route.function, values, route.methods)
            if method == "HEAD" and "GET" in route.methods and fallback is None:
                fallback = Match(route.function, values, route.methods)
            allowed += route.methods
        return fallback or (Match(None, {}, tuple(dict.fromkeys(allowed))) if allowed else None)


def _route(function: Function, prefix: str) -> Route:
    # An empty route means the function's name; the root is written "/".
    route = str(function.trigger.data.get("route") or function.name).strip("/")
    text = "/".join(part for part in (prefix, route) if part)
    if text.split("/", 1)[0].casefold() in _RESERVED:
        raise CannotRun(f"Function '{function.name}': the route '{text}' is one of the host's own.")
    methods = function.trigger.data.get("methods") or METHODS
    return Route(function, parse_template(text, function.name), tuple(str(m).upper() for m in methods))
