"""Route templates match what ASP.NET's would, and the most specific one wins."""

import pytest

from local.host.errors import HostStartupError
from local.host.function_metadata import Binding, FunctionMetadata
from local.host.http.route_table import RouteTable
from local.host.http.route_template import parse_template


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("", "/", {}),
        ("photos", "/photos", {}),
        ("photos", "/PHOTOS/", {}),
        ("photos", "/photos/1", None),
        ("photos/{id}", "/photos/a%20b", {"id": "a b"}),
        ("photos/{id}", "/photos/a%2Fb%2fc", {"id": "a%2Fb%2Fc"}),
        ("photos/{id}", "/photos/%C3%BC", {"id": "ü"}),
        ("photos/{id}", "/photos/", None),
        ("photos/{id}", "/photos/a/b", None),
        ("photos/{id?}", "/photos", {}),
        ("photos/{id?}", "/photos/7", {"id": "7"}),
        ("photos/{id=5}", "/photos", {"id": "5"}),
        ("{*path}", "/", {}),
        ("{*path}", "/a/b/", {"path": "a/b/"}),
        ("files/{**path}", "/files/a//b", {"path": "a//b"}),
        ("{name}.{ext}", "/a.b.jpg", {"name": "a.b", "ext": "jpg"}),
        ("{name}.{ext?}", "/a.b.jpg", {"name": "a.b", "ext": "jpg"}),
        ("{name}.{ext?}", "/a", {"name": "a"}),
        ("{a}-{b}", "/1-2", {"a": "1", "b": "2"}),
        ("{id:int}", "/-12", {"id": "-12"}),
        ("{id:int}", "/2147483648", None),
        ("{id:long}", "/2147483648", {"id": "2147483648"}),
        ("{id:int?}", "/", {}),
        ("{id:min(3)}", "/2", None),
        ("{id:range(1,3)}", "/3", {"id": "3"}),
        ("{id:alpha:minlength(2)}", "/a", None),
        ("{id:length(2,3)}", "/abc", {"id": "abc"}),
        ("{id:guid}", "/0f8fad5b-d9cb-469f-a165-70867728950e", {"id": "0f8fad5b-d9cb-469f-a165-70867728950e"}),
        ("{id:bool}", "/True", {"id": "True"}),
        ("{id:regex(^\\d{{3}}$)}", "/123", {"id": "123"}),
        ("{id:regex(^\\d{{3}}$)}", "/1234", None),
        ("a+b(c)", "/a+b(c)", {}),
    ],
)
def test_a_template_takes_its_values_from_the_path(template: str, path: str, values: dict[str, str] | None) -> None:
    assert parse_template(template, "f").match(path) == values


@pytest.mark.parametrize("template", ["{", "a}", "{a b}", "{}", "a//b", "{id:prime}", "{a}/{A}", "{x:range(1)}"])
def test_a_malformed_template_is_refused_by_name(template: str) -> None:
    with pytest.raises(HostStartupError, match="Function 'f'"):
        parse_template(template, "f")


def test_a_root_below_a_prefix_is_refused_as_by_the_real_host() -> None:
    assert matched(RouteTable([route("page", "/")], ""), "GET", "/") == "page"
    with pytest.raises(HostStartupError, match=r"'page'.*routePrefix 'photos'.*two slashes"):
        RouteTable([route("page", "/")], "photos")


def route(name: str, template: str, *methods: str) -> FunctionMetadata:
    data = {"route": template, **({"methods": methods} if methods else {})}
    return FunctionMetadata(name, name, Binding("req", "httpTrigger", data))


def matched(routes: RouteTable, method: str, path: str) -> str | None:
    match = routes.match(method, path)
    return match.function.name if match and match.function else None


def test_the_most_specific_route_wins_whatever_the_order() -> None:
    routes = RouteTable(
        [
            route("rest", "photos/{*path}"),
            route("any", "photos/{id}"),
            route("number", "photos/{id:int}"),
            route("file", "photos/{name}.jpg"),
            route("status", "photos/status"),
        ],
        "api",
    )

    paths = ["/api/photos/status", "/api/photos/7", "/api/photos/x.jpg", "/api/photos/x", "/api/photos/x/y"]
    assert [matched(routes, "GET", path) for path in paths] == ["status", "number", "file", "any", "rest"]
    assert matched(routes, "GET", "/photos/status") is None


def test_methods_choose_between_functions_of_one_path() -> None:
    routes = RouteTable([route("read", "{*path}", "GET"), route("write", "{id}", "PUT"), route("root", "/", "GET")], "")

    assert [matched(routes, method, "/a") for method in ("GET", "HEAD", "PUT")] == ["read", "read", "write"]
    assert matched(routes, "GET", "/") == "root"
    wrong_method = routes.match("DELETE", "/a")
    assert wrong_method is not None
    assert wrong_method.function is None
    assert wrong_method.allowed == ("PUT", "GET")


def test_an_empty_route_is_the_function_s_name() -> None:
    assert matched(RouteTable([route("hello", "")], "api"), "GET", "/api/hello") == "hello"


@pytest.mark.parametrize("template", ["admin/x", "runtime"])
def test_the_host_s_own_paths_cannot_be_taken(template: str) -> None:
    with pytest.raises(HostStartupError, match="host's own"):
        RouteTable([route("mine", template)], "")
