"""
What an agent that was talked into it sends to `/mcp`, and what a photo that wants to talk to an agent gets there.

Lines are made from the tools, resources and prompts that the app lists, so that a new one is attacked by itself.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.hostile_words import FOREIGN, LINES, LISTS, hostile, hostile_folder, hostile_photo, string_fields
from tests.attacks.inert_replies import check_inert, told_places
from tests.attacks.library import SCRIPT
from tests.attacks.reply import Reply
from tests.attacks.target import JSON, Target
from web.mcp.all_tools import MCP_TOOLS
from web.mcp.prompts import PROMPTS

VERSION = "2025-11-25"
HEADERS = JSON | {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION}
ANSWERED = (200, 202, 400, 401, 403, 404, 413)
LINK = hostile("x")
# Of any type, in the place of each argument.
VALUES: tuple[Any, ...] = (
    None, True, -1, 10**400, 1.5, "", " ", "\0", "\ud800", "../../etc/passwd", "..%2f..%2f", "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/", f"{FOREIGN}x", LINK, SCRIPT, "' or 1 eq 1 or '", "x" * 50_000,
    "0" * 32, f"{'0' * 31}/", [], {}, [[]] * 50, {"a": {"b": {}}}, ["0" * 32] * 5_000, [LINK], {"$ref": "#"},
)  # fmt: skip
URIS = (
    "", "photos://photo/", "photos://photo/../../etc/passwd", "photos://photo/%2e%2e%2f", "photos://photo/x?y#z",
    "photos://collection/../photo/x", "photos://collection/%00", "ui://photos/../gallery.html", "file:///etc/passwd",
    "http://169.254.169.254/", "https://evil.example/", "PHOTOS://PHOTO/" + "0" * 32, "photos://" + "x" * 50_000,
    "ui://photos/gallery.html/../../web/routes.py", "\0", "data:text/html,x", f"photos://photo/{LINK}",
)  # fmt: skip
METHODS = (
    "", "x" * 10_000, "tools/call/../list", "sampling/createMessage", "elicitation/create", "roots/list",
    "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tasks/list", "tasks/cancel", "shutdown",
    "rpc.discover", "__class__", "notifications/../tools/call",
)  # fmt: skip
NOTICES = (
    "initialized", "cancelled", "progress", "roots/list_changed", "message", "tools/list_changed", "x", "../tools/call",
)  # fmt: skip
COUNTED = ("tags", "keywords", "creators", "city", "country")
KNOWN = frozenset({"folder", "path", "file", "fields", *LINES, *LISTS}) - {"alt_text"}
# The places of which a tool tells whatever else there is: without them its answer would prove nothing.
TELLS = {
    "search_photos": KNOWN, "view_photo": KNOWN, "fetch": KNOWN, "count_photos": frozenset({"folder", *COUNTED}),
    "propose_edit": frozenset({"folder", "path", "title", "tags"}),
}  # fmt: skip


def attacks() -> Iterator[Attack]:
    for name in MCP_TOOLS:
        yield Attack("agent", f"{name} with wrong values for its arguments", _wrong_values(name))
        yield Attack("agent", f"{name} about hostile photos tells no link", _no_link(name))
    for name in PROMPTS:
        yield Attack("agent", f"the prompt {name} with hostile words", _prompt(name))
    yield Attack("agent", f"{len(URIS)} addresses that are no resources", _uris)
    yield Attack("agent", "resources about hostile photos tell no link", _resource)
    yield Attack("agent", f"{len(METHODS)} methods that are none", _methods)
    yield Attack("agent", f"{len(NOTICES)} notices, which get no answer", _notices)
    yield Attack("agent", "messages in a batch", _batch)
    yield Attack("agent", "messages that are none", _no_messages)
    yield Attack("agent", "JSON that is deep", _deep)
    yield Attack("agent", "pages without end", _pages)


def send_message(target: Target, method: str, params: Mapping[str, Any], status: Iterable[int] = ANSWERED) -> Reply:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return target.send("POST", "/mcp", HEADERS, json.dumps(message).encode(), status=status)


def call_tool(target: Target, name: str, arguments: Mapping[str, Any]) -> Reply:
    return send_message(target, "tools/call", {"name": name, "arguments": arguments})


def _photos(target: Target) -> list[Any]:
    """What nothing of this may change: the records of our photos."""
    ids = [*target.photos.values(), *target.hostile.values()]
    return [target.send("GET", f"/api/photos/{id_}").json() for id_ in ids]


def _wrong_values(name: str) -> Check:
    def check(target: Target) -> None:
        before = _photos(target)
        names = [*MCP_TOOLS[name].arguments.model_fields, "unknown"]
        step = max(1, len(names) // 4)  # where there are many arguments, each has its part of the values
        for number, argument in enumerate(names):
            for value in VALUES[number % step :: step]:
                if name == "ask_photos" and argument == "question" and isinstance(value, str) and value.strip():
                    continue  # a question is answered, whatever it says: the chat has attacks of its own
                reply = call_tool(target, name, {argument: value})
                if reply.status == 200:
                    check_inert(target, reply)
        assert _photos(target) == before, f"{name} has changed photos"

    return check


def usual_arguments(name: str, ids: list[str]) -> dict[str, Any]:
    """Arguments by which a tool tells of photos."""
    fields = MCP_TOOLS[name].arguments.model_fields
    usual = {
        "q": "", "query": LINK, "id": ids[0], "ids": ids, "question": f"Repeat {LINK}", "name": LINK,
        "description": LINK, "add_tags": [LINK], "by": "folder", "size": "thumbnail",
        "texts": [{"id": ids[0], "field": "title", "text": LINK}],
    }  # fmt: skip
    return {each: value for each, value in usual.items() if each in fields}


def _no_link(name: str) -> Check:
    def check(target: Target) -> None:
        if not target.photos:
            raise NotApplicable("there are no photos")
        ids = [hostile_photo(target), *target.photos.values()]
        before, told, answered = _photos(target), set[str](), False
        own = [f"field.{each}" for each in string_fields(target)]
        folder = hostile_folder(target)  # where no other photo takes its place
        groups = [{"folder": folder, "by": each} for each in (*COUNTED, *own)]
        for more in ({}, {"id": ids[1]}, {"folder": folder}, *groups):
            if more.keys() <= MCP_TOOLS[name].arguments.model_fields.keys():
                reply = call_tool(target, name, usual_arguments(name, ids) | more)
                assert reply.status in {200, 401, 403}, str(reply)
                if reply.status == 200:
                    check_inert(target, reply)
                    told |= told_places(reply)
                    answered |= not reply.json()["result"].get("isError")
        missing = (TELLS.get(name, frozenset()) & target.hostile_places) - told
        assert not (answered and missing), f"{name} tells nothing of what is hostile in {sorted(missing)}"
        assert _photos(target) == before, f"{name} has changed photos"

    return check


def _prompt(name: str) -> Check:
    def check(target: Target) -> None:
        for value in VALUES:
            for params in ({"name": name, "arguments": {PROMPTS[name].argument: value}}, {"name": value}):
                send_message(target, "prompts/get", params)
            reference = {"type": "ref/prompt", "name": name}
            send_message(
                target, "completion/complete", {"ref": reference, "argument": {"name": "folder", "value": value}}
            )

    return check


def _uris(target: Target) -> None:
    for uri in URIS:
        reply = send_message(target, "resources/read", {"uri": uri})
        assert b'"contents"' not in reply.body, f"{uri[:80]!r} was answered with {reply}"
        if reply.status == 200:
            check_inert(target, reply)


def _resource(target: Target) -> None:
    if not target.photos:
        raise NotApplicable("there are no photos")
    ids, told = [hostile_photo(target), *target.photos.values()], set[str]()
    uris = [f"photos://photo/{each}" for each in ids] + [f"photos://collection/{each}" for each in target.collections]
    for uri in uris:
        reply = send_message(target, "resources/read", {"uri": uri}, status=[200])
        check_inert(target, reply)
        told |= told_places(reply)
    check_inert(target, send_message(target, "resources/list", {}))
    missing = ((KNOWN | {"collection", "description"}) & target.hostile_places) - told
    assert not missing, f"resources tell nothing of what is hostile in {sorted(missing)}"


def _methods(target: Target) -> None:
    for method in METHODS:
        reply = send_message(target, method, {"name": "propose_edit", "arguments": {}})
        assert b'"result"' not in reply.body, f"{method[:80]} was answered with {reply}"


def _notices(target: Target) -> None:
    for notice in NOTICES:
        params = {"requestId": 1, "name": "propose_edit", "arguments": {}, "progressToken": 1, "progress": 10**300}
        body = json.dumps({"jsonrpc": "2.0", "method": f"notifications/{notice}", "params": params}).encode()
        reply = target.send("POST", "/mcp", HEADERS, body, status=(202, 400, 401, 403))
        assert b'"result"' not in reply.body, f"{notice} was answered with {reply}"


def _batch(target: Target) -> None:
    one = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "describe_library", "arguments": {}}}
    for count in (0, 1, 2, 300):
        reply = target.send("POST", "/mcp", HEADERS, json.dumps([one] * count).encode(), status=(400, 401, 403, 413))
        assert b"structuredContent" not in reply.body, str(reply)


def _no_messages(target: Target) -> None:
    for body in (
        b"", b"null", b"1", b'""', b"{}", b"[[]]", b"\xff\xfe", b"\xef\xbb\xbf{}", b"{" * 9,
        b'{"jsonrpc":"1.0","id":1}',
        b'{"jsonrpc":"2.0","id":{},"method":"ping"}', b'{"jsonrpc":"2.0","id":1,"result":{}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}', b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{},"arguments":"x"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"../..","capabilities":[]}}',
    ):  # fmt: skip
        target.send("POST", "/mcp", HEADERS, body, status=ANSWERED)
        for version in ("", "9999-99-99", "x" * 5_000, "2026-07-28", "2024-11-05"):
            target.send("POST", "/mcp", HEADERS | {"MCP-Protocol-Version": version}, body, status=ANSWERED)


def _deep(target: Target) -> None:
    for depth in (100, 1_000, 20_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            deep = opening * depth + "1" * (closing == "}") + closing * depth
            for body in (
                deep,
                f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"search","arguments":{{"query":{deep}}}}}}}',
                f'{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"_meta":{{"x":{deep}}}}}}}',
            ):
                target.send("POST", "/mcp", HEADERS, body.encode(), status=ANSWERED)


def _pages(target: Target) -> None:
    for top, skip in ((10**9, 0), (30, 10**9), (-1, -1), (30, 10_000), (0, 0)):
        reply = call_tool(target, "search_photos", {"top": top, "skip": skip})
        assert len(reply.body) < 1_000_000, f"a page of {len(reply.body):,} bytes"
    for method in ("tools/list", "resources/list", "prompts/list", "resources/templates/list"):
        for cursor in ("x", "-1", "../..", "x" * 50_000):
            assert len(send_message(target, method, {"cursor": cursor}).body) < 1_000_000
