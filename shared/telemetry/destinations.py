"""Where telemetry is sent: Application Insights, a file, and what OpenTelemetry's own settings name."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, LogRecordExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter

from shared.telemetry.file_exporter import FileLogExporter, FileMetricExporter, FileSpanExporter
from shared.telemetry.guard import GuardedLogExporter, GuardedMetricExporter, GuardedSpanExporter

log = logging.getLogger(__name__)

OTLP = "otlp_proto_http"
OTLP_PACKAGE = "opentelemetry-exporter-otlp-proto-http"
# By default the exporter sends statistics about itself, to Microsoft and to us, and lets Microsoft control it.
OFF = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
)


@dataclass(frozen=True)
class Destination:
    """Exporters to one place, for what is sent there."""

    spans: SpanExporter | None = None
    metrics: MetricExporter | None = None
    logs: LogRecordExporter | None = None


def destinations(environment: Mapping[str, str]) -> list[Destination]:
    """Where the environment wants telemetry sent. What is wrong with it is logged, as it must cost no photo."""
    makers: list[Callable[[Mapping[str, str]], Destination | None]] = [_insights, _file, _named]
    places = (_unless_broken(make, environment) for make in makers)
    return [_guarded(place) for place in places if place and place != Destination()]


def _unless_broken(
    make: Callable[[Mapping[str, str]], Destination | None], environment: Mapping[str, str]
) -> Destination | None:
    try:
        return make(environment)
    except Exception as error:  # whatever a setting makes an exporter of somebody else raise
        log.error("telemetry is not sent as the settings want: %s", type(error).__name__)
        return None


def _guarded(place: Destination) -> Destination:
    return Destination(
        GuardedSpanExporter(place.spans) if place.spans else None,
        GuardedMetricExporter(place.metrics) if place.metrics else None,
        GuardedLogExporter(place.logs) if place.logs else None,
    )


def _insights(environment: Mapping[str, str]) -> Destination | None:
    """
    Application Insights, by the identity that APPLICATIONINSIGHTS_AUTHENTICATION_STRING names, if any.

    Log records are the host's to send, unless it leaves them to us, as PYTHON_ENABLE_OPENTELEMETRY tells it to.
    """
    if not (connection := environment.get("APPLICATIONINSIGHTS_CONNECTION_STRING", "").strip()):
        return None
    for name in OFF:
        os.environ.setdefault(name, "true")
    from azure.monitor.opentelemetry.exporter import (  # noqa: PLC0415 - only where it is used
        AzureMonitorLogExporter,
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    # Nothing is kept on disk, and nothing tried for minutes: a process that ends waits for it.
    options: dict[str, Any] = {"connection_string": connection, "disable_offline_storage": True, "retry_total": 1}
    is_ours = environment.get("PYTHON_ENABLE_OPENTELEMETRY", "").strip().lower() in {"true", "1"}
    return Destination(
        AzureMonitorTraceExporter(**options),
        AzureMonitorMetricExporter(**options),
        AzureMonitorLogExporter(**options) if is_ours else None,
    )


def _file(environment: Mapping[str, str]) -> Destination | None:
    if not (path := environment.get("TELEMETRY_FILE", "").strip()):
        return None
    return Destination(FileSpanExporter(path), FileMetricExporter(path), FileLogExporter(path))


def _named(environment: Mapping[str, str]) -> Destination:
    """The exporters that OTEL_TRACES_EXPORTER and its two like name: `console`, `otlp` or `none`."""
    return Destination(
        _exporter("traces", ConsoleSpanExporter, environment),
        _exporter("metrics", ConsoleMetricExporter, environment),
        _exporter("logs", ConsoleLogRecordExporter, environment),
    )


def _exporter(signal: str, console: Callable[..., Any], environment: Mapping[str, str]) -> Any:
    by_default = "otlp" if environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") else "none"
    name = environment.get(f"OTEL_{signal.upper()}_EXPORTER", "").strip().lower() or by_default
    if name == "none":
        return None
    if name == "console":
        return console(out=sys.stdout, formatter=lambda each: each.to_json(indent=None) + "\n")
    for entry in entry_points(group=f"opentelemetry_{signal}_exporter", name=OTLP if name == "otlp" else name):
        return entry.load()()
    advice = f"install {OTLP_PACKAGE}" if name == "otlp" else "use console, otlp or none"
    log.error("no %s are sent, as there is no such exporter: %s", signal, advice)
    return None
