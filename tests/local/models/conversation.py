"""Tools, photos and messages for conversations with the chat model."""

import json
from typing import Any

from tests.local.models.stand_in import CHAT, ModelStandIn

TEXT = {"type": "string"}


STRING_LIST = {"type": "array", "items": TEXT}


FILTERS = {
    "query": TEXT,
    "taken_after": TEXT,
    "taken_before": TEXT,
    "folder": TEXT,
    "tags": STRING_LIST,
    "people": {"type": "integer"},
}


SORT = {"type": "string", "enum": ["relevance", "newest", "oldest"]}


BY = {"type": "string", "enum": ["year", "folder", "tags"]}


def tool(name: str, /, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


TOOLS = [
    tool("search_photos", **FILTERS, sort=SORT, top={"type": "integer", "minimum": 1, "maximum": 20}),
    tool("count_photos", **FILTERS, by=BY),
    tool("look_at_photos", ids={**STRING_LIST, "maxItems": 2}, question=TEXT),
]


def photo(n: int, title: str, **changes: Any) -> dict[str, Any]:
    fields = {"caption": "", "tags": [], "text_in_photo": "", "people": 0, "taken_at": "2024-05-01T10:11:12Z"}
    return {"n": n, "id": f"id-{n}", "path": f"trip/{n}.jpg", "folder": "trip", "title": title, **fields, **changes}


DOG = photo(1, "Dog on the beach", tags=["dog", "beach", "sand"])


BIKE = photo(2, "Red bike by a wall", tags=["bike", "red"], text_in_photo="STOP", taken_at="2023-07-02T08:00:00Z")


CAT = photo(3, "Cat on a sofa", tags=["cat", "sofa"], folder="home", path="home/3.jpg")


def answered_tool_call(name: str, arguments: dict[str, Any], result: Any, number: int = 1) -> list[dict[str, Any]]:
    """A tool call with its result, as the app sends them."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    calls = [{"id": f"c{number}", "type": "function", "function": function}]
    content = result if isinstance(result, str) else json.dumps(result)
    return [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": f"c{number}", "content": content},
    ]


def question_with_search(question: str, *photos: dict[str, Any]) -> list[dict[str, Any]]:
    """A question with the search that the app makes before it asks."""
    result = {"total": len(photos), "photos": list(photos)}
    return [{"role": "user", "content": question}, *answered_tool_call("search_photos", {"query": question}, result)]


def ask(stand_in: ModelStandIn, *messages: dict[str, Any], **options: Any) -> Any:
    system = {"role": "system", "content": "Today is 2026-11-23. Cite photos as [n]."}
    request: Any = {"tools": TOOLS, "messages": [system, *messages], **options}
    reply = stand_in.client.chat.completions.create(model=CHAT, **request)
    return reply.choices[0].message


def tool_calls_of(message: Any) -> dict[str, dict[str, Any]]:
    return {tool_call.function.name: json.loads(tool_call.function.arguments) for tool_call in message.tool_calls or []}
