"""How far ingestion has come: every original is searchable, waiting, retried, given up, attached or ignored."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.bill import Bill, bill_of_today
from ingest.caption_once import today
from ingest.context import IngestContext
from ingest.file_roles import count_originals, role_of
from ingest.trash import visible_entries
from ingest.visibility import is_visible_failure
from shared.access.caller import APP, Caller
from shared.access.roles import Role
from shared.access.sight import current_sight
from shared.errors import NotFound, PhotoError
from shared.photo import photo_id
from shared.stores.failures import Failure, FailureRecords, State
from shared.stores.spending_page import ChatSpending, Spending


@dataclass(frozen=True)
class Reconciliation:
    """
    When container and index were last compared as a whole, and since when they are being compared again, if they are.

    Times are in ISO 8601, UTC. `warning` is a sentence where that is too long ago, and else empty.
    """

    ended_at: str | None = None
    since: str | None = None
    warning: str = ""


@dataclass(frozen=True)
class IngestStatus:
    """
    How many photos are in each state, and what was spent today (UTC); 0 captions or tokens per day mean no cap.

    `attached` are files that belong to a photo, such as sidecars and the movies of Live Photos; `ignored` are files
    that programs leave, such as `Thumbs.db`. Of those that are searchable, `refreshing` are about how many wait to be
    read or described again. `trash` are deleted photos that wait to be gone for good.
    `bill` is what models cost today, and `reconciliation` how far the timer `reconcile` is, for those who see all.
    `limitations` are sentences about what a model refused lately and does not do therefore. From whom photos are
    hidden, what was spent is as well, and only what they see is counted.
    """

    indexed: int
    waiting: int
    retrying: int
    failed: int
    refreshing: int
    attached: int
    ignored: int
    trash: int
    captions_today: int
    captions_per_day: int
    tokens_today: int
    chat_today: dict[str, ChatSpending]
    chat_tokens_per_day: int
    limitations: list[str]
    bill: Bill | None = None
    reconciliation: Reconciliation | None = None


async def status(context: IngestContext, caller: Caller = APP) -> IngestStatus:
    """
    Count the photos; those in the container that are in no other state are waiting.

    Of those that fail, only what the caller may be shown is counted as `retrying` or `failed`.
    """
    sight = current_sight()
    failures = [failure async for failure in context.failures.all() if await is_visible_failure(failure, context)]
    states = [failure.state for failure in failures if is_shown(failure, caller)]
    failing = frozenset(each.path for each in failures if not each.unreadable)  # the others are about no original
    indexed = await context.index.count()
    originals = await context.original_count.get(lambda: count_originals(context, failing), of=sight.key)
    spending = await context.spending.total(today()) if sight.is_full else Spending()
    return IngestStatus(
        indexed=indexed,
        waiting=max(0, originals.photos - indexed - len(failing)),
        retrying=states.count("retrying"),
        failed=states.count("failed"),
        refreshing=await _count_refreshing(context) if sight.is_full else 0,
        attached=originals.attached,
        ignored=originals.ignored,
        trash=len(await visible_entries(context)),
        captions_today=spending.captions,
        captions_per_day=context.settings.captions_per_day,
        tokens_today=spending.tokens,
        chat_today=spending.chat,
        chat_tokens_per_day=context.settings.chat_tokens_per_day,
        limitations=await context.limitations.recent(),
        bill=await bill_of_today(context) if sight.is_full and caller.role >= Role.ADMIN else None,
        reconciliation=await _reconciliation(context) if sight.is_full else None,
    )


async def _reconciliation(context: IngestContext) -> Reconciliation | None:
    if context.rounds is None:
        return None
    record = await context.rounds.read()
    return Reconciliation(
        ended_at=record.ended_at or None,
        since=record.current.began_at if record.current else None,
        warning=record.warning(datetime.now(UTC)),
    )


async def _count_refreshing(context: IngestContext) -> int:
    """What the queue says; all else can be told where it says nothing."""
    try:
        return await context.refresh_tickets.count()
    except PhotoError:
        return 0


@dataclass(frozen=True)
class PhotoStatus:
    """One photo: `searchable`, `waiting`, `retrying`, `failed`, `attached` or `ignored`, and why it fails."""

    id: str
    path: str
    state: str
    reason: str = ""


async def status_of(id_: str, context: IngestContext) -> PhotoStatus:
    """What has become of the photo with this id, as logs and telemetry name it; NotFound if there is none."""
    with suppress(NotFound):
        failure = await context.failures.read(id_)
        return PhotoStatus(id_, failure.path, failure.state, failure.last_error or failure.reason)
    if indexed := await context.index.get(id_):
        return PhotoStatus(id_, indexed.path, "searchable")
    async for each in context.storage.originals():  # an id does not tell the name it was made of
        if photo_id(each.name) == id_:
            role = await role_of(each, context)
            return PhotoStatus(id_, each.name, "waiting" if role == "photo" else role)
    raise NotFound(f"no photo with the id {id_} is searchable, failing or in the container", param="id")


def is_shown(failure: Failure, caller: Caller) -> bool:
    """Whether somebody may know of a failure: an admin of all, others of their own uploads'."""
    return caller.role >= Role.ADMIN or (bool(failure.owner) and failure.owner == caller.owner)


async def list_failures(failures: FailureRecords, state: State | None = None, caller: Caller = APP) -> list[Failure]:
    """The failure records in this state, or all of them, given up before retrying, sorted by path."""
    records = [each async for each in failures.all() if state in {None, each.state} and is_shown(each, caller)]
    return sorted(records, key=lambda failure: (failure.state, failure.path))
