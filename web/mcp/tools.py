"""The tools of the MCP server: what clients are told of them, and how a call is checked, run and answered."""

import json
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ValidationError

from query.context import QueryContext, query_context
from shared import telemetry
from shared.access import audit
from shared.access.caller import Caller, current_caller
from shared.access.requirement import require_role
from shared.access.roles import Role
from shared.current_ids import current_id
from shared.errors import InsufficientRights, NotFound, PhotoError, SettingsError
from shared.log_text import error_label
from shared.photo import Photo, is_photo_id
from shared.prompt_text import PromptObject, untrusted
from shared.services import Services, services
from web.mcp.inert import inert, inert_text
from web.mcp.plain_schemas import input_schema, output_schema

log = logging.getLogger(__name__)

MAX_MESSAGE = 500  # characters of an error, which may repeat what the model wrote
UNEXPECTED = "something went wrong on our side; the log of the app says what"


@dataclass(frozen=True)
class McpContext:
    """What tools work with. `page_url` is the address of the page, with a slash at its end; `shows_apps` the client."""

    page_url: str
    shows_apps: bool = False
    caller: Caller = field(default_factory=current_caller)

    @property
    def query(self) -> QueryContext:
        """What searches and answers take."""
        return query_context()

    @property
    def clients(self) -> Services:
        """The clients of every service."""
        return services()

    async def photo(self, id_: str) -> Photo:
        """A photo by its id, also by the one that it had before it was moved; NotFound if there is none."""
        if not is_photo_id(id_):
            raise NotFound(
                f"there is no photo {id_[:60]!r}: an id has 32 hexadecimal digits, as in results", param="id"
            )
        try:
            return await self.query.library.photo(id_)
        except NotFound:
            new_id = await current_id(id_, self.clients.moves, self.clients.collections)
            if new_id == id_:
                raise
            return await self.query.library.photo(new_id)


@dataclass(frozen=True)
class ToolOutput:
    """
    What a tool answers: facts for the model, with pictures and links to resources beside them.

    Many clients, Claude Code among them, show models nothing else of a result that has structured content. So where
    there are pictures, the facts are only text. `meta` is for what shows the result to a person; models do not read it.
    """

    facts: PromptObject
    pictures: Sequence[bytes] = ()
    links: Sequence[types.ResourceLink] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def result(self, page_url: str) -> types.CallToolResult:
        """The same as the protocol has it: as data, and as text for clients that read no data."""
        facts = inert(json.loads(self.facts.json()), page_url)
        content: list[types.ContentBlock] = [types.TextContent(text=json.dumps(facts, ensure_ascii=False))]
        content += [jpeg_content(each) for each in self.pictures]
        return types.CallToolResult(
            content=[*content, *self.links],
            structured_content=None if self.pictures else facts,
            meta=dict(self.meta) or None,
        )


@dataclass(frozen=True)
class McpTool:
    """
    One tool. The docstring of `arguments` tells models what it is for, and `result` is the shape of its facts,
    None for one that answers with pictures.

    `role` is what its caller must have. One that `writes` leaves a proposal, and nothing else.
    """

    name: str
    title: str
    arguments: type[BaseModel]
    result: type[BaseModel] | None
    run: Callable[[Any, McpContext], Awaitable[ToolOutput]]
    role: Role = Role.VIEWER
    writes: bool = False
    hidden_arguments: frozenset[str] = frozenset()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def described(self) -> types.Tool:
        """The tool as clients are told of it. Making its schemas takes longer than most calls."""
        hints = types.ToolAnnotations(
            title=self.title,
            read_only_hint=not self.writes,
            destructive_hint=False if self.writes else None,
            idempotent_hint=False if self.writes else None,
            open_world_hint=False,
        )
        return types.Tool(
            name=self.name,
            title=self.title,
            description=" ".join((self.arguments.__doc__ or "").split()),
            input_schema=input_schema(self.arguments, self.hidden_arguments),
            output_schema=output_schema(self.result) if self.result else None,
            annotations=hints,
            meta=dict(self.meta) or None,
        )

    def parse(self, arguments: Mapping[str, Any] | None) -> BaseModel:
        """The arguments of a call; ValueError, which pydantic's error is, for wrong ones."""
        if unknown := self.hidden_arguments & (arguments or {}).keys():
            raise ValueError(f"{self.name} has no argument {sorted(unknown)[0]}")
        return self.arguments.model_validate(arguments or {})


def jpeg_content(data: bytes) -> types.ImageContent:
    """A JPEG as models get it."""
    return types.ImageContent(data=base64_text(data), mime_type="image/jpeg")


def base64_text(data: bytes) -> str:
    """Bytes as the protocol writes them."""
    return b64encode(data).decode()


def tools_for(caller: Caller, tools: Mapping[str, McpTool]) -> list[types.Tool]:
    """The tools that a caller may use."""
    return [each.described for each in tools.values() if caller.role >= each.role]


async def call_tool(tool: McpTool, arguments: Mapping[str, Any] | None, context: McpContext) -> types.CallToolResult:
    """Run a tool; what is wrong with a call is an answer, from which a model can learn."""
    labels = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool.name}
    with telemetry.span(f"execute_tool {tool.name}", labels):
        try:
            require_role(context.caller, tool.role, what=tool.name)
            return (await tool.run(tool.parse(arguments), context)).result(context.page_url)
        except InsufficientRights as error:
            await audit.record_refusal("mcp", context.caller)
            return _error(str(error))
        except ValidationError as error:
            return _error(_fault(error))
        except (PhotoError, SettingsError, ValueError) as error:
            return _error(str(error))
        except Exception as error:
            log.exception("the tool %s has failed: %s", tool.name, error_label(error))
            return _error(UNEXPECTED)


def protocol_error(message: str, code: int = types.INVALID_PARAMS) -> MCPError:
    """An error as the protocol has it, for what is no call of a tool; it may repeat what the client sent."""
    return MCPError(code, inert_text(untrusted(message, MAX_MESSAGE)))


def _error(message: str) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(text=inert_text(untrusted(message, MAX_MESSAGE)))], is_error=True
    )


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
