"""Where the environment wants telemetry sent. Nothing is wrong enough to cost a photo."""

import http.server
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import decompress
from typing import Any

import pytest
from azure.identity import ManagedIdentityCredential
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter

from shared import telemetry
from shared.model_reply import TokenUsage
from shared.telemetry.destinations import destinations
from shared.telemetry.model_call import recorded

KEY = "00000000-0000-4000-8000-000000000000"


@contextmanager
def ingestion() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An ingestion endpoint as Application Insights has one: it takes envelopes and says how many."""
    envelopes: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            batch = json.loads(body)
            envelopes.extend(batch)
            answer = json.dumps({"itemsReceived": len(batch), "itemsAccepted": len(batch), "errors": []}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{server.server_port}/", envelopes
    finally:
        server.shutdown()
        server.server_close()


def test_application_insights_gets_spans_metrics_and_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    with ingestion() as (connection, envelopes):
        monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", connection)
        monkeypatch.setenv("PYTHON_ENABLE_OPENTELEMETRY", "true")
        telemetry.telemetry.cache_clear()
        try:
            with telemetry.span("ingest photo", {"photo.id": "abc"}), recorded("chat", "gpt-5-mini") as call:
                logging.getLogger("ingest").warning("postponed abc")
                telemetry.count_outcome("postponed", "throttled")
                call.add(TokenUsage(100, 10))
        finally:
            telemetry.close()

    data = [each["data"]["baseData"] for each in envelopes]
    metrics = {each["metrics"][0]["name"]: each for each in data if "metrics" in each}
    assert metrics["photo.outcomes"]["metrics"][0]["value"] == 1
    assert metrics["photo.outcomes"]["properties"] == {"outcome": "postponed", "reason": "throttled"}
    tokens = metrics["gen_ai.client.token.usage"]["properties"]
    assert tokens.keys() == {"gen_ai.request.model", "gen_ai.token.type", "purpose"}
    assert {"ingest photo", "chat gpt-5-mini"} <= {each.get("name") for each in data}
    assert [each["message"] for each in data if "message" in each] == ["postponed abc"]
    traces = {each["tags"]["ai.operation.id"] for each in envelopes if "metrics" not in each["data"]["baseData"]}
    assert len(traces) == 1


def test_log_records_are_the_hosts_to_send_unless_it_leaves_them_to_us() -> None:
    connection = {"APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY}"}

    [place] = destinations(connection)

    assert place.spans and place.metrics  # noqa: PT018 - one thing: what is sent
    assert place.logs is None


def test_the_identity_of_the_app_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=0-1-2;Authorization=AAD")

    [place] = destinations({"APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY}"})

    inner: Any = vars(place.spans)["_inner"]
    assert isinstance(inner, AzureMonitorTraceExporter)
    assert isinstance(inner._credential, ManagedIdentityCredential)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": "nonsense"}, "telemetry is not sent as the settings want"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "use console, otlp or none"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "install opentelemetry-exporter-otlp-proto-http"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    settings: dict[str, str], advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert destinations(settings) == []
    assert advice in caplog.text


def test_a_console_gets_a_line_for_each(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    telemetry.telemetry.cache_clear()
    try:
        with telemetry.span("a"):
            pass
    finally:
        telemetry.close()

    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["name"] == "a"
