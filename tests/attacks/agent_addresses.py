"""An agent that has `/mcp` fetch something for it: addresses of a server of ours, as every text that it can send."""

from collections.abc import Iterator
from typing import Any

from tests.attacks.agents import call_tool, send_message, usual_arguments
from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.hostile_words import hostile_photo
from tests.attacks.listener import Listener, listening
from tests.attacks.target import Target
from web.mcp.all_tools import MCP_TOOLS
from web.mcp.prompts import PROMPTS

HERE = ("127.0.0.1", "localhost", "[::1]")


def attacks() -> Iterator[Attack]:
    for name in MCP_TOOLS:
        yield Attack("agent", f"{name} fetches no address that it is given", _fetches_nothing(name))
    yield Attack("agent", "prompts and completions fetch no address that they are given", _prompts)
    yield Attack("agent", "resources fetch no address that they are given", _resources)


def _writings(listener: Listener, place: str) -> tuple[str, ...]:
    """The address of the listener, as it may stand in a text."""
    address = f"{listener.url}/{place}"
    return address, f"![{place}]({address}) <img src={address}>", f"url:{address}", address.removeprefix("http:")


def _check_quiet(listener: Listener) -> None:
    called = listener.called()
    assert not called, f"somebody has fetched {called[:5]}"


def _require_same_machine(target: Target) -> None:
    if target.host.rpartition(":")[0] not in HERE:
        raise NotApplicable("the app runs on another machine, which could not call this one")


def _fetches_nothing(name: str) -> Check:
    def check(target: Target) -> None:
        _require_same_machine(target)
        schema = MCP_TOOLS[name].described.input_schema
        ids = [hostile_photo(target), *target.photos.values()] if target.photos else ["0" * 32]
        with listening() as listener:
            for place in schema["properties"]:
                for text in _writings(listener, place):
                    value = _filled(schema["properties"][place], schema, text)
                    if value is not None:
                        call_tool(target, name, usual_arguments(name, ids) | {place: value})
            for text in _writings(listener, "all"):
                call_tool(target, name, _filled({**schema, "type": "object"}, schema, text))
            _check_quiet(listener)

    return check


def _filled(part: dict[str, Any], schema: dict[str, Any], text: str) -> Any:
    """A value of this schema in which every string is the text, as far as one may be; None where there is none."""
    if "$ref" in part:
        return _filled(schema["$defs"][part["$ref"].rsplit("/", 1)[1]], schema, text)
    for kind in ("anyOf", "oneOf", "allOf"):
        if kind in part:
            return next((value for each in part[kind] if (value := _filled(each, schema, text)) is not None), None)
    if part.get("type") == "array":
        return None if (item := _filled(part.get("items", {}), schema, text)) is None else [item]
    if part.get("type") == "object":
        values = {each: _filled(of, schema, text) for each, of in part.get("properties", {}).items()}
        more = part.get("additionalProperties")
        return {each: value for each, value in values.items() if value is not None} | (
            {text: _filled(more, schema, text)} if isinstance(more, dict) else {}
        )
    return text if part.get("type", "string") == "string" else None


def _prompts(target: Target) -> None:
    _require_same_machine(target)
    with listening() as listener:
        for name, prompt in PROMPTS.items():
            for text in _writings(listener, name):
                send_message(target, "prompts/get", {"name": name, "arguments": {prompt.argument: text}})
                send_message(target, "prompts/get", {"name": text, "arguments": {text: text}})
                reference = {"type": "ref/prompt", "name": name}
                argument = {"name": prompt.argument, "value": text}
                send_message(target, "completion/complete", {"ref": reference, "argument": argument})
        _check_quiet(listener)


def _resources(target: Target) -> None:
    _require_same_machine(target)
    with listening() as listener:
        for text in _writings(listener, "resource"):
            for uri in (text, f"photos://photo/{text}", f"photos://collection/{text}", f"ui://photos/{text}"):
                send_message(target, "resources/read", {"uri": uri})
                reference = {"type": "ref/resource", "uri": uri}
                send_message(
                    target, "completion/complete", {"ref": reference, "argument": {"name": "id", "value": text}}
                )
        _check_quiet(listener)
