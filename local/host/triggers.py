"""From functions to what triggers them: listeners, scanners and timers, started and stopped together."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.host.blob_trigger.container_scanner import ContainerScanner, ScanTarget
from local.host.blob_trigger.executor import BlobTriggeredFunction, BlobTriggerExecutor
from local.host.blob_trigger.path_pattern import parse_path_pattern
from local.host.blob_trigger.receipts import BlobReceipts
from local.host.blob_trigger.trigger_message import FUNCTION_ID_PREFIX, BlobTriggerMessage
from local.host.blob_trigger.trigger_queue import POISON_QUEUE_NAME, BlobTriggerQueue
from local.host.connections import StorageAccount, StorageConnections
from local.host.errors import HostStartupError
from local.host.flex import check_blob_source
from local.host.function_metadata import FunctionMetadata
from local.host.host_json import HostJson
from local.host.invoker import Invoker
from local.host.manual_runs import (
    ManualRun,
    manual_blob_run,
    manual_event_run,
    manual_queue_run,
    manual_timer_run,
)
from local.host.queue_trigger.executor import QueueTriggerExecutor
from local.host.queue_trigger.in_flight_messages import InFlightMessage, InFlightMessages
from local.host.queue_trigger.listener import QueueListener
from local.host.queue_trigger.message_processor import ListenedQueue, PoisonQueue, poison_queue
from local.host.queue_trigger.received_message import MessageDecodingError, ReceivedMessage
from local.host.timer_trigger.listener import TimerListener, is_monitored
from local.host.timer_trigger.schedule import parse_schedule
from local.host.timer_trigger.schedule_status import ScheduleStatusBlob

log = logging.getLogger(__name__)


@dataclass
class Triggers:
    """Everything that starts functions other than HTTP; `manual_runs` starts the same functions by hand."""

    queue_listeners: list[QueueListener] = field(default_factory=list)
    container_scanners: list[ContainerScanner] = field(default_factory=list)
    timers: list[TimerListener] = field(default_factory=list)
    blob_functions: dict[str, BlobTriggeredFunction] = field(default_factory=dict)
    blob_queue: BlobTriggerQueue | None = None
    event_grid_functions: dict[str, FunctionMetadata] = field(default_factory=dict)
    manual_runs: dict[str, ManualRun] = field(default_factory=dict)

    def wake_listener(self, queue_url: str) -> None:
        """This host wrote to the queue: its listener need not wait."""
        for listener in self.queue_listeners:
            if listener.queue.client.url == queue_url:
                listener.wake()

    def start_listening(self) -> list[asyncio.Task[None]]:
        """The tasks end by themselves after `stop`."""
        return [
            *(_start(listener.listen(), listener.queue.client.queue_name) for listener in self.queue_listeners),
            *(_start(timer.listen(), timer.function.name) for timer in self.timers),
        ]

    def start_scanning(self) -> list[asyncio.Task[None]]:
        """The tasks end when cancelled."""
        return [_start(scanner.run(), scanner.container_name) for scanner in self.container_scanners]

    def stop(self) -> None:
        for listener in self.queue_listeners:
            listener.stop()
        for timer in self.timers:
            timer.stop()

    def abandon(self) -> None:
        """Leave messages that are still being processed to the next host."""
        for listener in self.queue_listeners:
            listener.abandon()


def _start(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """A task that says so in the log if it ends by an error: what it listened to would be silent from then on."""

    def report(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("the trigger of '%s' has ended: restart the host", name, exc_info=error)

    task = asyncio.create_task(work, name=name)
    task.add_done_callback(report)
    return task


@dataclass(frozen=True)
class TriggerDependencies:
    """What building triggers takes."""

    connections: StorageConnections
    invoker: Invoker
    in_flight: InFlightMessages
    host_json: HostJson
    host_id: str
    environment: Mapping[str, str]
    flex: bool = False

    def host_storage(self, function: FunctionMetadata) -> StorageAccount:
        return self.account("AzureWebJobsStorage", function)

    def account(self, name: str, function: FunctionMetadata) -> StorageAccount:
        account = self.connections.account(name, f"Function '{function.name}' ({function.trigger.type})")
        if account.connection_string is None and not (account.blob_uri and account.queue_uri):
            raise HostStartupError(
                f"Function '{function.name}' needs '{name}__blobServiceUri' and '{name}__queueServiceUri'."
            )
        return account


def add_triggers(triggers: Triggers, functions: list[FunctionMetadata], dependencies: TriggerDependencies) -> None:
    """Add what each function needs; one HostStartupError names all problems of all functions."""
    problems = []
    builders = {
        "blobTrigger": _add_blob,
        "queueTrigger": _add_queue,
        "timerTrigger": _add_timer,
        "eventGridTrigger": _add_event_grid,
    }
    left_over = dependencies.in_flight.recover()
    for function in functions:
        try:
            if function.trigger.type in builders:
                builders[function.trigger.type](triggers, function, dependencies, left_over)
            for binding in (*function.inputs, *function.outputs):
                if binding.type != "http":
                    dependencies.account(binding.connection, function)
        except HostStartupError as problem:
            problems.append(str(problem))
    if problems:
        raise HostStartupError("\n".join(problems))
    _add_blob_queue(triggers, dependencies, left_over)


def _add_blob(
    triggers: Triggers, function: FunctionMetadata, dependencies: TriggerDependencies, _: list[InFlightMessage]
) -> None:
    if dependencies.flex:
        check_blob_source(function)
    dependencies.host_storage(function)
    account = dependencies.account(function.trigger.connection, function)
    path = parse_path_pattern(str(function.trigger.data["path"]), function.name)
    event_grid = str(function.trigger.data.get("source", "")).casefold() == "eventgrid"
    triggers.blob_functions[function.name] = BlobTriggeredFunction(function, account, path, event_grid)


def _add_blob_queue(triggers: Triggers, dependencies: TriggerDependencies, left_over: list[InFlightMessage]) -> None:
    """One queue and one listener for all blob functions, and one scanner per container that is polled."""
    if not triggers.blob_functions:
        return
    storage = dependencies.host_storage(next(iter(triggers.blob_functions.values())).function)
    triggers.blob_queue = BlobTriggerQueue(storage, dependencies.host_id, triggers.wake_listener)
    executor = BlobTriggerExecutor(triggers.blob_functions, dependencies.invoker)
    queue = ListenedQueue(
        account=storage,
        client=triggers.blob_queue.client,
        options=dependencies.host_json.blobs,
        handler=executor.process,
        in_flight=dependencies.in_flight,
        poison_queue=lambda message: _blob_poison_queue(message, triggers.blob_functions, storage),
    )
    triggers.blob_queue.heed((listener.queue.account, listener.queue.client) for listener in triggers.queue_listeners)
    triggers.queue_listeners.append(QueueListener(queue, _left_over_of(queue, left_over)))
    for target in triggers.blob_functions.values():
        triggers.manual_runs[target.function.name] = manual_blob_run(target, executor)
    _add_scanners(triggers, dependencies, storage, triggers.blob_queue)


def _add_scanners(
    triggers: Triggers, dependencies: TriggerDependencies, storage: StorageAccount, queue: BlobTriggerQueue
) -> None:
    by_container: dict[tuple[int, str], list[BlobTriggeredFunction]] = {}
    for target in triggers.blob_functions.values():
        if not target.event_grid:
            by_container.setdefault((id(target.account), target.path.container), []).append(target)
    for functions in by_container.values():
        targets = [
            ScanTarget(
                target.function.name,
                target.path,
                BlobReceipts(storage, dependencies.host_id, FUNCTION_ID_PREFIX + target.function.name),
            )
            for target in functions
        ]
        triggers.container_scanners.append(ContainerScanner(functions[0].account, targets, queue))


def _blob_poison_queue(
    message: ReceivedMessage, functions: Mapping[str, BlobTriggeredFunction], storage: StorageAccount
) -> PoisonQueue:
    """In the account of the blob that triggered, where its owner will look."""
    try:
        target = functions.get(BlobTriggerMessage.decode(message.text(True)).function)
    except (MessageDecodingError, ValueError, KeyError, TypeError, AttributeError):
        target = None
    return PoisonQueue(target.account if target else storage, POISON_QUEUE_NAME)


def _add_queue(
    triggers: Triggers,
    function: FunctionMetadata,
    dependencies: TriggerDependencies,
    left_over: list[InFlightMessage],
) -> None:
    account = dependencies.account(function.trigger.connection, function)
    name = str(function.trigger.data["queueName"]).lower()
    options = dependencies.host_json.queues
    executor = QueueTriggerExecutor(function, dependencies.invoker, options.base64)
    poison = poison_queue(account, name)
    queue = ListenedQueue(
        account=account,
        client=account.queues.get_queue_client(name),
        options=options,
        handler=executor.process,
        in_flight=dependencies.in_flight,
        poison_queue=lambda _: poison,
    )
    triggers.queue_listeners.append(QueueListener(queue, _left_over_of(queue, left_over)))
    triggers.manual_runs[function.name] = manual_queue_run(executor)


def _add_timer(
    triggers: Triggers, function: FunctionMetadata, dependencies: TriggerDependencies, _: list[InFlightMessage]
) -> None:
    expression = str(function.trigger.data["schedule"])
    schedule = parse_schedule(expression, function.name, dependencies.environment)
    status_blob = None
    if is_monitored(function, schedule):
        status_blob = ScheduleStatusBlob(dependencies.host_storage(function), dependencies.host_id, function.name)
    timer = TimerListener(function, schedule, dependencies.invoker, status_blob)
    triggers.timers.append(timer)
    triggers.manual_runs[function.name] = manual_timer_run(timer)


def _add_event_grid(
    triggers: Triggers, function: FunctionMetadata, dependencies: TriggerDependencies, _: list[InFlightMessage]
) -> None:
    triggers.event_grid_functions[function.name] = function
    triggers.manual_runs[function.name] = manual_event_run(function, dependencies.invoker)


def _left_over_of(queue: ListenedQueue, left_over: list[InFlightMessage]) -> list[InFlightMessage]:
    return [message for message in left_over if message.queue_url == queue.client.url]
