"""
The tools that the caller brings along: offered to the model beside ours, and run by the caller.

A call to one of them ends the turn; its result comes with the caller's next request. Where a name of theirs is one of
ours as well, the model knows theirs by another name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from query.chat.tool_schemas import ALL_TOOLS
from query.chat.wire_model import WireModel
from shared.errors import BadRequest
from shared.models import ToolCall

NAME = r"^[a-zA-Z0-9_-]{1,64}$"
PREFIX = "caller_"

JsonObject = dict[str, Any]
ToolChoice = str | dict[str, Any]


class CallerFunction(WireModel):
    name: str = Field(pattern=NAME)
    description: str | None = None
    parameters: JsonObject | None = None
    strict: bool | None = None


class CallerTool(WireModel):
    """A function that the caller runs; other types of tools are not supported."""

    type: Literal["function"]
    function: CallerFunction


class ChosenFunction(WireModel):
    name: str


class ChosenTool(WireModel):
    """The one tool that the model has to call."""

    type: Literal["function"]
    function: ChosenFunction


class PastFunctionCall(WireModel):
    name: str
    arguments: str


class PastToolCall(WireModel):
    """A call of an earlier request, as the caller sends it back."""

    id: str
    type: Literal["function"] = "function"
    function: PastFunctionCall


@dataclass(frozen=True)
class CallerTools:
    """The caller's tools of one request, and which of them the model may or must call."""

    tools: Sequence[CallerTool] = ()
    choice: Literal["none", "auto", "required"] | ChosenTool = "auto"
    parallel: bool = True

    @property
    def offered(self) -> bool:
        return bool(self.tools) and self.choice != "none"

    @property
    def must_be_called(self) -> bool:
        return self.offered and self.choice != "auto"

    @property
    def named(self) -> bool:
        """Whether there is just one call that the model may make."""
        return self.offered and isinstance(self.choice, ChosenTool)

    @cached_property
    def _aliases(self) -> Mapping[str, str]:
        """The names by which the model knows them."""
        taken = {*ALL_TOOLS, *(tool.function.name for tool in self.tools)}
        aliases = {tool.function.name: tool.function.name for tool in self.tools}
        for name in ALL_TOOLS:
            alias = PREFIX + name
            while alias in taken:
                alias = PREFIX + alias
            aliases[name] = alias
        return aliases

    def alias(self, name: str) -> str:
        """The model's name for a tool of the caller; tools of earlier requests have one, too."""
        return self._aliases.get(name, name)

    def definitions(self) -> list[JsonObject]:
        """The tools as the model takes them; of a named choice only that one."""
        if not self.offered:
            return []
        chosen = self.choice.function.name if isinstance(self.choice, ChosenTool) else None
        return [self._definition(tool) for tool in self.tools if chosen in {None, tool.function.name}]

    def _definition(self, tool: CallerTool) -> JsonObject:
        function = tool.function.model_dump(exclude_none=True)
        function = {"parameters": {"type": "object", "properties": {}}} | function
        return {"type": "function", "function": function | {"name": self.alias(tool.function.name)}}

    def model_choice(self) -> ToolChoice:
        """`tool_choice` as the model takes it."""
        if isinstance(self.choice, ChosenTool):
            return {"type": "function", "function": {"name": self.alias(self.choice.function.name)}}
        return self.choice

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The caller's names by those of the model."""
        return {self.alias(tool.function.name): tool.function.name for tool in self.tools} if self.offered else {}

    def owns(self, call: ToolCall) -> bool:
        """Whether a call of the model is one for the caller to run."""
        return call.name in self._names

    def calls_among(self, calls: Sequence[ToolCall]) -> list[ToolCall]:
        """The calls to tools of the caller, by the caller's own names; only the first where it wants no more."""
        theirs = [
            replace(call, name=self._names[call.name], arguments=call.arguments.strip() or "{}")
            for call in calls
            if self.owns(call)
        ]
        return theirs if self.parallel else theirs[:1]


def caller_tools(
    tools: Sequence[CallerTool] | None,
    choice: Literal["none", "auto", "required"] | ChosenTool | None,
    *,
    parallel: bool | None,
) -> CallerTools:
    """The tools of a request; BadRequest where the choice and the tools contradict each other."""
    offered = tools or ()
    names = [tool.function.name for tool in offered]
    if len(set(names)) < len(names):
        raise BadRequest("two tools have the same name", param="tools")
    if not offered and choice not in {None, "none", "auto"}:
        raise BadRequest("tool_choice is only allowed with tools", param="tool_choice")
    if isinstance(choice, ChosenTool) and choice.function.name not in names:
        raise BadRequest(f"tool_choice names {choice.function.name!r}, which is not in tools", param="tool_choice")
    return CallerTools(offered, choice or "auto", parallel is not False)


def describe_call(call: ToolCall) -> JsonObject:
    """A call as messages carry it."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
