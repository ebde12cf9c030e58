"""From functions to what starts them: listeners, discoveries and timers, all told to stop together."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from .blob_path import parse_blob_path
from .blob_queue import POISON_QUEUE, BlobEvent, BlobQueue
from .blob_runs import BlobFunction, BlobRuns
from .connections import Account, Connections
from .discovery import Discovery, Watch
from .errors import CannotRun
from .functions import Function
from .handling import Desk, PoisonQueue, poison_queue
from .host_file import HostFile
from .invocations import Invoker
from .journal import Held, Journal
from .manual import Run, run_blob, run_event, run_queue, run_timer
from .messages import Message, Undecodable
from .queue_runs import QueueRuns
from .queues import QueueListener
from .receipts import Receipts
from .schedule import parse_schedule
from .timers import StatusBlob, Timer, is_monitored


@dataclass
class Triggers:
    """Everything that starts functions other than HTTP; `runs` are the same functions started by hand."""

    listeners: list[QueueListener] = field(default_factory=list)
    discoveries: list[Discovery] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    blobs: dict[str, BlobFunction] = field(default_factory=dict)
    blob_queue: BlobQueue | None = None
    subscribers: dict[str, Function] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    def wrote(self, url: str) -> None:
        """A queue was written to by this host: its listener need not wait."""
        for listener in self.listeners:
            if listener.desk.queue.url == url:
                listener.wake()

    def start(self) -> list[asyncio.Task[None]]:
        """Discoveries end when cancelled; the others end by themselves after `stop`."""
        return [
            *(asyncio.create_task(listener.listen()) for listener in self.listeners),
            *(asyncio.create_task(timer.keep()) for timer in self.timers),
        ]

    def discover(self) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(discovery.discover()) for discovery in self.discoveries]

    def stop(self) -> None:
        for listener in self.listeners:
            listener.stop()
        for timer in self.timers:
            timer.stop()

    def abandon(self) -> None:
        """Leave messages that are still being worked on to the next host."""
        for listener in self.listeners:
            listener.abandon()


@dataclass(frozen=True)
class Workshop:
    """What building triggers takes."""

    connections: Connections
    invoker: Invoker
    journal: Journal
    host_file: HostFile
    host_id: str
    environment: Mapping[str, str]

    def host_storage(self, function: Function) -> Account:
        return self.account("AzureWebJobsStorage", function)

    def account(self, name: str, function: Function) -> Account:
        account = self.connections.account(name, f"Function '{function.name}' ({function.trigger.type})")
        if account.connection_string is None and not (account.blob_uri and account.queue_uri):
            raise CannotRun(f"Function '{function.name}' needs '{name}__blobServiceUri' and '{name}__queueServiceUri'.")
        return account


def fit(triggers: Triggers, functions: list[Function], workshop: Workshop) -> None:
    """Add what each function needs; all problems of all functions are raised as one CannotRun."""
    problems = []
    builders = {
        "blobTrigger": _add_blob,
        "queueTrigger": _add_queue,
        "timerTrigger": _add_timer,
        "eventGridTrigger": _add_subscriber,
    }
    left = workshop.journal.recover()
    for function in functions:
        try:
            if function.trigger.type in builders:
                builders[function.trigger.type](triggers, function, workshop, left)
            for binding in (*function.inputs, *function.outputs):
                if binding.type != "http":
                    workshop.account(binding.connection, function)
        except CannotRun as problem:
            problems.append(str(problem))
    if problems:
        raise CannotRun("\n".join(problems))
    _listen_to_blobs(triggers, workshop, left)


def _add_blob(triggers: Triggers, function: Function, workshop: Workshop, _: list[Held]) -> None:
    workshop.host_storage(function)
    account = workshop.account(function.trigger.connection, function)
    path = parse_blob_path(str(function.trigger.data["path"]), function.name)
    event_grid = str(function.trigger.data.get("source", "")).casefold() == "eventgrid"
    triggers.blobs[function.name] = BlobFunction(function, account, path, event_grid)


def _listen_to_blobs(triggers: Triggers, workshop: Workshop, left: list[Held]) -> None:
    """One queue and one listener for all blob functions, one discovery per container that is polled."""
    if not triggers.blobs:
        return
    storage = workshop.host_storage(next(iter(triggers.blobs.values())).function)
    triggers.blob_queue = BlobQueue(storage, workshop.host_id, triggers.wrote)
    runs = BlobRuns(triggers.blobs, workshop.invoker)
    desk = Desk(
        account=storage,
        queue=triggers.blob_queue.client,
        rules=workshop.host_file.blobs,
        process=runs.process,
        journal=workshop.journal,
        poison=lambda message: _blob_poison(message, triggers.blobs, storage),
    )
    triggers.listeners.append(QueueListener(desk, _left_of(left, desk)))
    for target in triggers.blobs.values():
        triggers.runs[target.function.name] = run_blob(target, runs)
    _watch(triggers, workshop, storage, triggers.blob_queue)


def _watch(triggers: Triggers, workshop: Workshop, storage: Account, queue: BlobQueue) -> None:
    places: dict[tuple[int, str], list[BlobFunction]] = {}
    for target in triggers.blobs.values():
        if not target.event_grid:
            places.setdefault((id(target.account), target.path.container), []).append(target)
    for targets in places.values():
        watches = [
            Watch(
                target.function.name,
                target.path,
                Receipts(storage, workshop.host_id, f"Host.Functions.{target.function.name}"),
            )
            for target in targets
        ]
        triggers.discoveries.append(Discovery(targets[0].account, watches, queue))


def _blob_poison(message: Message, blobs: Mapping[str, BlobFunction], storage: Account) -> PoisonQueue:
    """In the account of the blob that triggers, so that its owner finds it."""
    try:
        target = blobs.get(BlobEvent.decode(message.text(True)).function)
    except (Undecodable, ValueError, KeyError, TypeError, AttributeError):
        target = None
    return PoisonQueue(target.account if target else storage, POISON_QUEUE)


def _add_queue(triggers: Triggers, function: Function, workshop: Workshop, left: list[Held]) -> None:
    account = workshop.account(function.trigger.connection, function)
    name = str(function.trigger.data["queueName"]).lower()
    rules = workshop.host_file.queues
    runs = QueueRuns(function, workshop.invoker, rules.base64)
    poison = poison_queue(account, name)
    desk = Desk(
        account=account,
        queue=account.queues.get_queue_client(name),
        rules=rules,
        process=runs.process,
        journal=workshop.journal,
        poison=lambda _: poison,
    )
    triggers.listeners.append(QueueListener(desk, _left_of(left, desk)))
    triggers.runs[function.name] = run_queue(runs)


def _add_timer(triggers: Triggers, function: Function, workshop: Workshop, _: list[Held]) -> None:
    text = str(function.trigger.data["schedule"])
    schedule = parse_schedule(text, function.name, workshop.environment)
    status = None
    if is_monitored(function, schedule):
        status = StatusBlob(workshop.host_storage(function), workshop.host_id, function.name)
    timer = Timer(function, schedule, workshop.invoker, status)
    triggers.timers.append(timer)
    triggers.runs[function.name] = run_timer(timer)


def _add_subscriber(triggers: Triggers, function: Function, workshop: Workshop, _: list[Held]) -> None:
    triggers.subscribers[function.name] = function
    triggers.runs[function.name] = run_event(function, workshop.invoker)


def _left_of(left: list[Held], desk: Desk) -> list[Held]:
    return [held for held in left if held.queue == desk.queue.url]
