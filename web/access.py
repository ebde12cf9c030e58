"""`/api/access`: who sees which photos, as admins read and write it, and how far documents follow it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest.follow_rules import left_filter
from shared.access.audit import record_first
from shared.access.in_force import rules_in_force
from shared.access.rules import Rules, parse_rules, rules_record
from shared.errors import BadRequest, NotFound
from shared.services import services
from shared.stores.jobs import RULES_TURN
from web.parameters import parse_condition


class AccessRule(TypedDict, total=False):
    """Who of `see` sees the photos of a `folder`, "" is the top, or of a `collection`, by its id."""

    folder: str
    collection: str
    see: list[str]


class AccessRules(TypedDict):
    """All rules, in place of those there are; without any, everybody sees every photo."""

    rules: list[AccessRule]


class AccessRecord(TypedDict):
    """
    The rules in force; `fault` is what is wrong with the file, if it is not used.

    Of all `photos`, `left` do not follow them yet: what either these rules or those before hide is hidden.
    """

    rules: list[AccessRule]
    fault: str
    photos: int
    left: int


async def read(request: Request) -> Response:
    """The rules in force; the ETag is for `If-Match`."""
    return await _response()


async def replace(request: Request) -> Response:
    """Other rules in place of those there are, or of the version that `If-Match` names; documents follow soon."""
    content, store = await request.body(), services().catalogue.access
    try:
        rules = parse_rules(content)
    except ValueError as error:
        raise BadRequest(str(error), param="rules") from error
    await _check_collections(rules)
    condition = parse_condition(request.headers, store.etag, "there are no rules to replace")
    await record_first("rules_changed", about="rules")
    await store.save(content, if_match=condition)
    if rules_in_force().earlier:
        await services().job_queue.send(RULES_TURN)
    return await _response()


async def _check_collections(rules: Rules) -> None:
    """BadRequest for a rule of a collection that is none, or is filled by a search: nobody puts photos into that."""
    for number, rule in enumerate(rules.rules, 1):
        if rule.collection is None:
            continue
        try:
            collection = await services().collections.read(rule.collection)
        except NotFound as error:
            raise BadRequest(f"rule {number}: {error}: GET /api/collections lists them", param="rules") from error
        if collection.search is not None:
            raise BadRequest(
                f"rule {number}: the collection {collection.name!r} fills itself by a search, so that anybody "
                "could put photos into it: write rules of folders, or of a list",
                param="rules",
            )


async def _response() -> Response:
    clients, rules = services(), rules_in_force().rules
    content: dict[str, Any] = {
        **rules_record(rules),
        "fault": clients.catalogue.access.fault,
        "photos": await clients.index.count(),
        "left": 0 if rules.is_closed else await clients.index.count(left_filter(rules.version)),
    }
    etag = clients.catalogue.access.etag
    return JSONResponse(content, headers={"Cache-Control": "no-store"} | ({"ETag": etag} if etag else {}))
