"""The SDK of OpenTelemetry at work: spans and instruments, and where they are sent."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context as otel_context, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.log_text import error_kind
from shared.model_reply import TokenUsage
from shared.telemetry import Attributes, Outcome, Span
from shared.telemetry.destinations import Destination, destinations
from shared.telemetry.log_export import LogExport, export_logs

SCOPE = "photos"
PROPAGATOR = TraceContextTextMapPropagator()
# The SDK and its exporters write a line for each batch they cannot send: `guard.py` writes one an hour.
NOISY = ("opentelemetry", "azure.monitor.opentelemetry")


class OpenSpan(Span):
    """A span of OpenTelemetry."""

    def __init__(self, span: trace.Span) -> None:
        self.inner = span

    @property
    def traceparent(self) -> str:  # type: ignore[override]
        return _traceparent(trace.set_span_in_context(self.inner))

    def set(self, **attributes: str | int | float | bool) -> None:
        self.inner.set_attributes({name.replace("__", "."): value for name, value in attributes.items()})

    def fail(self, error: BaseException) -> None:
        """Mark it as failed by an error, whose kind is named and whose words are not."""
        self.inner.set_attribute("error.type", error_kind(error))
        self.inner.set_status(StatusCode.ERROR)


class Telemetry:
    """Spans and metrics of one process."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider, log_export: LogExport | None) -> None:
        self._tracers, self._meters, self._log_export = tracers, meters, log_export
        self._tracer = tracers.get_tracer(SCOPE)
        meter = meters.get_meter(SCOPE)
        self._outcomes = meter.create_counter("photo.outcomes", "{attempt}")
        self.oldest_waiting = meter.create_gauge("photo.oldest_waiting", "s")
        self._tokens = meter.create_histogram("gen_ai.client.token.usage", "{token}")
        self._cost = meter.create_counter("model.cost", "USD")
        self.budget_used = meter.create_gauge("model.budget.used", "1")
        self.throttling = meter.create_histogram("model.throttling", "s")
        self.search_duration = meter.create_histogram("search.duration", "s")
        self.first_word = meter.create_histogram("chat.time_to_first_word", "s")

    @contextmanager
    def span(
        self, name: str, attributes: Attributes, *, parent: str, is_ticket: bool, client: bool
    ) -> Iterator[OpenSpan]:
        """A span that is current within the block."""
        span = self.start_span(name, attributes, parent=parent, is_ticket=is_ticket, client=client)
        token = otel_context.attach(trace.set_span_in_context(span.inner))
        try:
            yield span
        except Exception as error:
            span.fail(error)
            raise
        finally:
            otel_context.detach(token)
            span.inner.end()

    def start_span(
        self, name: str, attributes: Attributes, *, parent: str = "", is_ticket: bool = False, client: bool = False
    ) -> OpenSpan:
        """A span that somebody else ends. One of a ticket is linked to what the host does for it."""
        current = trace.get_current_span().get_span_context()
        context, links = None, []
        if parent and (is_ticket or not current.is_valid or current.is_remote):
            context = PROPAGATOR.extract({"traceparent": parent})
            if is_ticket and current.is_valid:
                links = [Link(current)]
        # Neither SERVER nor CONSUMER: the host reports a request for each invocation, and these would be more of them.
        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        return OpenSpan(self._tracer.start_span(name, context, kind, attributes, links))

    def current_traceparent(self) -> str:
        return _traceparent(None)

    def count_outcome(self, outcome: Outcome, reason: str) -> None:
        self._outcomes.add(1, {"outcome": outcome, "reason": reason})
        trace.get_current_span().set_attributes({"photo.outcome": outcome, "photo.reason": reason})

    def record_tokens(self, model: str, usage: TokenUsage, purpose: str, cost: float | None) -> None:
        """Count the tokens of a call by kind, and what they cost where that is known."""
        kinds = {
            "input": usage.prompt,
            "output": usage.completion,
            "cached": usage.cached,
            "cache_write": usage.cache_written,
            "reasoning": usage.reasoning,
        }
        for kind, tokens in kinds.items():
            if tokens:
                labels = {"gen_ai.request.model": model, "gen_ai.token.type": kind, "purpose": purpose}
                self._tokens.record(tokens, labels)
        if cost:
            self._cost.add(cost, {"model": model, "purpose": purpose})

    def close(self) -> None:
        """Send what has not been sent, and stop. The end of the process does so, too."""
        self._tracers.shutdown()
        self._meters.shutdown()
        if self._log_export:
            self._log_export.close()


def _traceparent(context: otel_context.Context | None) -> str:
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier, context)
    return carrier.get("traceparent", "")


def start() -> Telemetry | None:
    """Set it up as the environment says; what cannot be sent anywhere is not collected."""
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    places = destinations(os.environ)
    if not places:
        return None
    return _start(places, _resource())


def _start(places: list[Destination], resource: Resource) -> Telemetry:
    """Telemetry that is sent to these places. No global provider is set: libraries have none of their own to add."""
    # By default the SDK heeds the flag of the trace that came in, and the host may send one that says "do not record".
    sampler = None if os.environ.get("OTEL_TRACES_SAMPLER") else ALWAYS_ON
    tracers = TracerProvider(sampler, resource)
    for place in places:
        if place.spans:
            tracers.add_span_processor(BatchSpanProcessor(place.spans))
    readers = [PeriodicExportingMetricReader(place.metrics) for place in places if place.metrics]
    return Telemetry(tracers, MeterProvider(readers, resource), export_logs(places, resource))


def _resource() -> Resource:
    """Which app and which instance of it; OpenTelemetry's own settings win."""
    name = os.environ.get("OTEL_SERVICE_NAME") or os.environ.get("WEBSITE_SITE_NAME") or SCOPE
    instance = os.environ.get("CONTAINER_NAME") or os.environ.get("WEBSITE_INSTANCE_ID") or str(os.getpid())
    return Resource.create({"service.name": name, "service.instance.id": instance})
