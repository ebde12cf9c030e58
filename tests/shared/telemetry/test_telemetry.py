"""Spans and metrics as they are exported, and what telemetry costs where it is off: nothing."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from ingest import retries
from query.chat.answer_trace import traced
from query.chat.events import Event, ModelAccepted, TextDelta
from shared import telemetry
from shared.errors import BadPhoto, Throttled
from shared.model_reply import TokenUsage
from shared.prices import LISTED, PRICES
from shared.stores.tickets import Ticket
from shared.telemetry import model_call
from shared.telemetry.model_call import ModelClock, RecordedCall, recorded
from tests.exported import Exported
from tests.ingest.test_retries import FakeStores

ROOT = Path(__file__).parents[3]
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-00"  # not sampled, as a host may say that does not send traces itself


async def attempt(ticket: Ticket, error: Exception | None) -> Ticket | None:
    """Make an attempt, and return the ticket for the next one."""

    async def work() -> str:
        if error:
            raise error
        return "a photo"

    stores: Any = FakeStores()
    await retries.attempt(ticket, work, tickets=stores, failures=stores)
    return cast(FakeStores, stores).sent[0][0] if stores.sent else None


async def test_all_attempts_at_a_photo_are_one_trace(exported: Exported) -> None:
    second = await attempt(Ticket("a.jpg"), Throttled("slow down", wait=3))
    assert second
    third = await attempt(Ticket.decode(second.encode()), Throttled("slow down"))
    assert third
    await attempt(Ticket.decode(third.encode()), None)
    telemetry.close()

    assert len(exported.traces("ingest photo")) == 1
    outcomes = [span["attributes"]["photo.outcome"] for span in exported.spans("ingest photo")]
    assert outcomes == ["postponed", "postponed", "searchable"]
    assert exported.value("photo.outcomes", outcome="postponed", reason="throttled") == 2
    assert exported.value("photo.outcomes", outcome="searchable", reason="") == 1


async def test_each_photo_has_a_trace_of_its_own(exported: Exported) -> None:
    await attempt(Ticket("a.jpg"), None)
    await attempt(Ticket("b.jpg"), BadPhoto("the file is empty"))
    telemetry.close()

    assert len(exported.traces("ingest photo")) == 2
    [failure] = exported.spans("ingest photo", photo__outcome="failed")
    assert failure["attributes"]["photo.reason"] == "bad_photo"


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
async def test_a_ticket_without_a_sound_trace_begins_one(traceparent: str, exported: Exported) -> None:
    await attempt(Ticket("a.jpg", traceparent=traceparent), None)
    telemetry.close()

    [span] = exported.spans("ingest photo")
    assert span["parent_id"] is None


async def test_a_message_of_the_last_release_is_read() -> None:
    ticket = Ticket.decode('{"name": "a.jpg", "attempt": 3, "since": "2026-05-01T00:00:00Z"}')

    assert (ticket.name, ticket.attempt, ticket.traceparent) == ("a.jpg", 3, "")


async def test_a_bug_counts_as_a_crash_and_gets_out(exported: Exported) -> None:
    with pytest.raises(ZeroDivisionError):
        await attempt(Ticket("a.jpg"), ZeroDivisionError("secret"))
    telemetry.close()

    [span] = exported.spans("ingest photo")
    assert (span["attributes"]["error.type"], span["status"]["status_code"]) == ("zero_division_error", "ERROR")
    assert exported.value("photo.outcomes", outcome="crashed", reason="zero_division_error") == 1
    assert "secret" not in exported.path.read_text(encoding="utf-8")


def test_tokens_cost_and_throttling_have_a_model_and_a_purpose(exported: Exported) -> None:
    usage = TokenUsage(1000, 200)
    with telemetry.spending_for("caption"), recorded("chat", "gpt-5-mini") as call:
        call.add(usage)
    with pytest.raises(Throttled), telemetry.spending_for("caption"), recorded("chat", "gpt-5-mini"):
        raise Throttled("slow down", wait=7)
    with telemetry.spending_for("embedding"), recorded("embeddings", "text-embedding-3-small") as call:
        call.add(TokenUsage(500))
    with recorded("chat", "a model without a price") as call:
        call.add(usage)
    telemetry.close()

    of_captions = {"gen_ai__request__model": "gpt-5-mini", "purpose": "caption"}
    assert exported.value("gen_ai.client.token.usage", gen_ai__token__type="input", **of_captions) == 1000
    assert exported.value("gen_ai.client.token.usage", gen_ai__token__type="output", **of_captions) == 200
    assert exported.value("model.cost", model="gpt-5-mini", purpose="caption") == PRICES["gpt-5-mini"].of(usage)
    assert exported.value("model.cost", purpose="embedding") == pytest.approx(500 * 0.02 / 1e6)
    assert {each["attributes"]["model"] for each in exported.points("model.cost")} == {
        "gpt-5-mini",
        "text-embedding-3-small",
    }
    assert exported.value("model.throttling", model="gpt-5-mini", purpose="caption") == 7
    [failed] = exported.spans("chat gpt-5-mini", error__type="throttled")
    assert failed["kind"] == "SpanKind.CLIENT"


def test_a_snapshot_of_a_model_costs_what_the_model_does() -> None:
    usage = TokenUsage(1000, 200)

    assert LISTED.cost("gpt-5-mini-2025-08-07", usage) == LISTED.cost("gpt-5-mini", usage) == 0.00065
    assert LISTED.cost("my-deployment", usage) is None


def test_a_step_belongs_to_the_request_that_came_in(exported: Exported) -> None:
    with telemetry.continuing(PARENT), telemetry.span("outer"), telemetry.span("inner"):
        assert telemetry.current_traceparent().startswith(f"00-{TRACE}-")
    with telemetry.continuing("00-nonsense"), telemetry.span("alone"):
        pass
    telemetry.close()

    assert exported.names_in(TRACE) == {"outer", "inner"}
    [inner], [outer] = exported.spans("inner"), exported.spans("outer")
    assert inner["parent_id"] == outer["context"]["span_id"]


async def answer(*events: Event, work: Callable[[], Awaitable[None]]) -> AsyncIterator[Event]:
    """Events that several tasks read, as when an answer is streamed."""
    for event in events:
        await work()
        yield event


async def test_an_answer_is_one_trace_whoever_reads_it(exported: Exported) -> None:
    async def ask_a_model() -> None:
        with recorded("chat", "a-model"):
            await asyncio.sleep(0)

    stream: Any = traced(cast(Any, answer(ModelAccepted(), TextDelta("a"), TextDelta("b"), work=ask_a_model)))
    events = [await asyncio.ensure_future(anext(stream)) for _ in range(3)]
    await stream.aclose()
    telemetry.close()

    assert events == [ModelAccepted(), TextDelta("a"), TextDelta("b")]
    [whole] = exported.spans("invoke_agent photos")
    assert {each["parent_id"] for each in exported.spans("chat a-model", purpose="chat")} == {
        whole["context"]["span_id"]
    }
    assert [point["count"] for point in exported.points("chat.time_to_first_word")] == [1]


async def test_an_answer_that_breaks_off_is_a_failed_span(exported: Exported) -> None:
    async def fail() -> None:
        raise Throttled("secret")

    with pytest.raises(Throttled):
        async for _ in traced(cast(Any, answer(ModelAccepted(), work=fail))):
            pass
    telemetry.close()

    [span] = exported.spans("invoke_agent photos")
    assert span["attributes"]["error.type"] == "throttled"
    assert "secret" not in exported.path.read_text(encoding="utf-8")


def test_time_that_several_models_take_at_once_counts_once() -> None:
    now = 0.0
    clock = ModelClock(lambda: now)
    token = model_call.model_clock.set(clock)
    try:
        first = RecordedCall("chat", "m")
        now = 2.0
        second = RecordedCall("embeddings", "m")
        now = 3.0
        first.answered()
        first.end()
        now = 5.0
        second.end()
        now = 9.0
        assert clock.seconds == 5.0
    finally:
        model_call.model_clock.reset(token)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, False),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_METRICS_EXPORTER": "console"}, True),
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=x"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"TELEMETRY_FILE": "a", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_it_is_on_where_it_can_be_sent_somewhere(settings: dict[str, str], wanted: bool) -> None:
    assert telemetry.is_wanted(settings) == wanted


USE_ALL = """
import sys
from shared import telemetry
from shared.telemetry.model_call import recorded
with telemetry.continuing("00-1-2-3"), telemetry.span("a", {"b": 1}) as span, recorded("chat", "m"):
    span.set(c__d=1)
    telemetry.count_outcome("searchable")
telemetry.close()
print([name for name in ("opentelemetry", "azure") if name in sys.modules])
"""


def test_nothing_is_imported_where_it_is_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", USE_ALL], cwd=ROOT, check=True, capture_output=True, text=True, env={"PATH": ""}
    )

    assert done.stdout.strip() == "[]"


def test_the_end_of_a_process_sends_what_is_left(tmp_path: Path) -> None:
    script = USE_ALL.replace("telemetry.close()", "")
    path = tmp_path / "telemetry.jsonl"

    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, env={"PATH": "", "TELEMETRY_FILE": str(path)})

    assert Exported(path).spans("a")
    assert Exported(path).value("photo.outcomes") == 1


def test_every_metric_is_in_the_documentation(exported: Exported) -> None:
    source = (ROOT / "shared" / "telemetry" / "provider.py").read_text(encoding="utf-8")
    documentation = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")

    metrics = re.findall(r'meter\.create_\w+\("([\w.]+)", "([^"]+)"\)', source)

    assert len(metrics) == 8
    for name, unit in metrics:
        assert re.search(rf"^\| `{re.escape(name)}` \| {re.escape(unit.strip('{}'))}", documentation, re.MULTILINE), (
            name
        )
