"""What each role may do, walked through by generation: the tools of the chat."""

import pytest
from starlette.requests import Request

from query.chat.tool_schemas import ALL_TOOLS, TOOL_ROLES, tool_definitions
from shared.access.caller import Caller
from shared.access.roles import Role
from tests.web.fake_services import FakeServices
from web import chat


def request_of(caller: Caller) -> Request:
    return Request({"type": "http", "method": "POST", "headers": [], "path": "/", "state": {"caller": caller}})


@pytest.mark.parametrize("role", Role)
def test_the_chat_is_offered_the_tools_of_its_caller_alone(role: Role, services: FakeServices) -> None:
    context = chat._context(request_of(Caller("a", role)))
    offered = {each["function"]["name"] for each in tool_definitions(proposing=context.proposer is not None)}

    assert offered == {name for name, needed in TOOL_ROLES.items() if role >= needed}


def test_every_tool_states_its_role() -> None:
    assert TOOL_ROLES.keys() == ALL_TOOLS.keys()
