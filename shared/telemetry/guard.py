"""An exporter that fails costs nothing but its telemetry: no photo, no time to speak of, and one line an hour."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger(__name__)

PAUSE = 60.0  # seconds after a failure, twice as long after each more, in which nothing is sent, as SDKs log failures
QUIET = 3600.0  # seconds between two lines about failures


class Guard:
    """Counts failures, says so now and then, and pauses after each."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paused_until = self._quiet_until = float("-inf")
        self._pause = PAUSE

    def run(self, export: Callable[[], Any], *, succeeded: Callable[[Any], bool]) -> bool:
        """Export, unless that failed a moment ago; whether it was done."""
        if self._clock() < self._paused_until:
            return False
        try:
            if succeeded(export()):
                self._pause = PAUSE
                return True
            kind = "it was refused"
        except Exception as error:  # whatever an exporter of somebody else raises
            kind = type(error).__name__
        self._paused_until = self._clock() + self._pause
        self._pause = min(2 * self._pause, QUIET)
        self._complain(kind)
        return False

    def _complain(self, kind: str) -> None:
        if self._clock() < self._quiet_until:
            return
        self._quiet_until = self._clock() + QUIET
        log.warning("telemetry cannot be sent, and is lost meanwhile: %s", kind)


class GuardedSpanExporter(SpanExporter):
    """Passes spans on to an exporter that may fail."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner, self._guard = inner, Guard()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        done = self._guard.run(lambda: self._inner.export(spans), succeeded=lambda it: it is SpanExportResult.SUCCESS)
        return SpanExportResult.SUCCESS if done else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class GuardedMetricExporter(MetricExporter):
    """Passes metrics on to an exporter that may fail."""

    def __init__(self, inner: MetricExporter) -> None:
        super().__init__(inner._preferred_temporality, inner._preferred_aggregation)
        self._inner, self._guard = inner, Guard()

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        done = self._guard.run(
            lambda: self._inner.export(metrics_data, timeout_millis, **kwargs),
            succeeded=lambda it: it is MetricExportResult.SUCCESS,
        )
        return MetricExportResult.SUCCESS if done else MetricExportResult.FAILURE

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._inner.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class GuardedLogExporter(LogRecordExporter):
    """Passes log records on to an exporter that may fail."""

    def __init__(self, inner: LogRecordExporter) -> None:
        self._inner, self._guard = inner, Guard()

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        done = self._guard.run(
            lambda: self._inner.export(batch), succeeded=lambda it: it is LogRecordExportResult.SUCCESS
        )
        return LogRecordExportResult.SUCCESS if done else LogRecordExportResult.FAILURE

    def shutdown(self) -> None:
        self._inner.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return True
