"""What each role may do: the tools of the chat, the words of a refusal, and whose an upload is."""

import ast
import inspect
from importlib import import_module
from types import ModuleType
from typing import get_args

import pytest
from starlette.requests import Request

from query.chat.tool_schemas import ALL_TOOLS, TOOL_ROLES, tool_definitions
from shared.access.caller import APP, COMMAND_LINE, FUNCTION_KEY, NO_KEY, Caller
from shared.access.requirement import require_role
from shared.access.roles import ROLE_OF_RIGHT, Role
from shared.access.uploader import Uploader
from shared.api_keys import KeyRole
from shared.errors import InsufficientRights
from tests.web.fake_services import FakeServices
from tests.web.test_routes import HANDLERS
from web import chat
from web.routes import ROUTES, Access, Route


def request_of(caller: Caller) -> Request:
    return Request({"type": "http", "method": "POST", "headers": [], "path": "/", "state": {"caller": caller}})


@pytest.mark.parametrize("role", Role)
def test_the_chat_is_offered_the_tools_of_its_caller_alone(role: Role, services: FakeServices) -> None:
    context = chat._context(request_of(Caller("a", role)))
    offered = {each["function"]["name"] for each in tool_definitions(proposing=context.proposer is not None)}

    assert offered == {name for name, needed in TOOL_ROLES.items() if role >= needed}


def test_every_tool_states_its_role() -> None:
    assert TOOL_ROLES.keys() == ALL_TOOLS.keys()


UNRECORDED = {"dismiss_proposal": "forgets what nobody wanted"}


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.access is Access.CHANGE], ids=lambda each: each.function
)
def test_whatever_changes_something_is_written_down(route: Route) -> None:
    module, _, name = HANDLERS[route.function].partition(".")
    names = names_used(import_module(f"web.{module}"), name)

    assert bool(names & {"record", "record_audit", "record_first"}) is (route.function not in UNRECORDED)


def names_used(module: ModuleType, function: str) -> set[str]:
    """The names in a function's source, and in the source of what it uses of its own module."""
    names, read = {function}, set[str]()
    while own := {each for each in names - read if is_function_of(module, vars(module).get(each))}:
        sources = "\n".join(inspect.getsource(getattr(module, each)) for each in own)
        names |= {node.id for node in ast.walk(ast.parse(sources)) if isinstance(node, ast.Name)}
        read |= own
    return names


def is_function_of(module: ModuleType, value: object) -> bool:
    return inspect.isfunction(value) and value.__module__ == module.__name__


@pytest.mark.parametrize("role", Role)
def test_what_is_missing_is_said(role: Role) -> None:
    for needed in Role:
        for caller in (Caller("phone", role), Caller("Ann", role, "id")):
            if role >= needed:
                require_role(caller, needed)
            else:
                with pytest.raises(InsufficientRights, match=f"has the role {role}") as refusal:
                    require_role(caller, needed, what="moving a photo")
                assert f"the role {needed}" in str(refusal.value)
                assert "moving a photo" in str(refusal.value)


def test_each_role_may_do_what_the_one_before_may_and_is_called_as_everywhere() -> None:
    assert [role.label for role in sorted(Role)] == ["viewer", "contributor", "editor", "admin"]
    assert {*ROLE_OF_RIGHT} == {*get_args(KeyRole)}
    assert (ROLE_OF_RIGHT["read"], ROLE_OF_RIGHT["full"]) == (Role.VIEWER, Role.ADMIN)


@pytest.mark.parametrize(
    ("caller", "owner"),
    [
        (Caller("Ann", Role.VIEWER, "1"), "1"),
        (Caller("phone", Role.VIEWER), "key:phone"),
        *((each, "") for each in (FUNCTION_KEY, NO_KEY, APP, COMMAND_LINE)),
    ],
)
def test_what_came_without_anybody_in_particular_is_nobodys(caller: Caller, owner: str) -> None:
    assert (caller.owner, Uploader.of_caller(caller).owner) == (owner, owner)


@pytest.mark.parametrize("name", ["Ann", "Änn 山田", "ann@example.com"])
def test_who_has_uploaded_something_is_kept_as_an_id_alone(name: str) -> None:
    uploader = Uploader.of_caller(Caller(name, Role.EDITOR, "id ü"))

    assert uploader.metadata == {"uploaded_by": "id%20%C3%BC"}
    assert Uploader.of_metadata(uploader.metadata) == uploader == Uploader("id ü")
    key = Uploader.of_caller(Caller("phone", Role.EDITOR))
    assert Uploader.of_metadata(key.metadata) == key == Uploader("key:phone", "phone")
