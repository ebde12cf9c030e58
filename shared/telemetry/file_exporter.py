"""Telemetry in a file, for a laptop and for tests: an object of JSON a line, as OpenTelemetry's console writes it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


def _append(path: str, signal: str, items: Iterable[Any]) -> None:
    """One write for a batch, so that batches of several processes do not mix."""
    lines = [json.dumps({"signal": signal, **json.loads(item.to_json(indent=None))}) for item in items]
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


class FileSpanExporter(SpanExporter):
    """Appends spans."""

    def __init__(self, path: str) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        _append(self._path, "span", spans)
        return SpanExportResult.SUCCESS


class FileMetricExporter(MetricExporter):
    """Appends what all metrics have come to."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        _append(self._path, "metrics", [metrics_data])
        return MetricExportResult.SUCCESS

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Nothing is open."""

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True


class FileLogExporter(LogRecordExporter):
    """Appends log records."""

    def __init__(self, path: str) -> None:
        self._path = path

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        _append(self._path, "log", batch)
        return LogRecordExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is open."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return True
