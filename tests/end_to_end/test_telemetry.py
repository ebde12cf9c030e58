"""What a whole run tells about itself, and what it keeps to itself: names, captions, questions and keys."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.photo import photo_id
from tests.exported import Exported
from tests.machine import KEY as STORAGE_KEY, eventually
from tests.world import KEY, World, picture, running_world

PATH = "Clandestine wedding/Aurelia-kiss.jpg"
BROKEN = "Clandestine wedding/Aurelia-divorce.jpg"
TICKET = "Clandestine wedding/Aurelia-later.jpg"
QUESTION = "Where did Aurelia hide the zebracorn?"
SEARCH = "quixotic marmalade"
TRACE = "0af7651916cd43dd8448eb211c80319c"
OTHER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
# A line of the host's own. In Azure the host sends none of these on, as host.json says `telemetryMode`.
OF_THE_HOST = re.compile(r"^[\d:]+ (?:\w+: )?Execut(?:ing|ed) '")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("telemetry")


@pytest.fixture(scope="module")
def exported(folder: Path) -> Exported:
    return Exported(folder / "telemetry.jsonl")


@pytest.fixture(scope="module")
def world(folder: Path, exported: Exported) -> Iterator[World]:
    """A world in which a photo was indexed, another one failed, and a question and a search were answered."""
    with running_world(
        folder,
        LOG_PATHS="off",
        TELEMETRY_FILE=str(exported.path),
        OTEL_BSP_SCHEDULE_DELAY="200",  # milliseconds, as the next two
        OTEL_BLRP_SCHEDULE_DELAY="200",
        OTEL_METRIC_EXPORT_INTERVAL="500",
    ) as world:
        world.put(PATH, picture(1)).raise_for_status()
        world.put(BROKEN, b"\xff\xd8\xff not a picture at all").raise_for_status()
        eventually(lambda: _is_settled(world))
        world.drop(TICKET, picture(2))
        ticket = f'{{"name": "{TICKET}", "attempt": 2, "traceparent": "00-{OTHER_TRACE}-00f067aa0ba902b7-01"}}'
        world.queue("photo-tickets").send_message(ticket)
        message = {"messages": [{"role": "user", "content": QUESTION}], "stream": True}
        headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        world.http.post("/v1/chat/completions", json=message, headers=headers).raise_for_status()
        world.get("/api/search", q=SEARCH)
        eventually(lambda: _is_indexed(world, TICKET))
        yield world


def _is_settled(world: World) -> None:
    _is_indexed(world, PATH)
    assert world.failures()[BROKEN]["state"] == "failed"


def _is_indexed(world: World, path: str) -> None:
    assert path in world.paths()


def test_a_photo_is_one_trace(world: World, exported: Exported) -> None:
    id_ = photo_id(PATH)

    [trace] = eventually(lambda: _one_trace(exported, id_))

    steps = {"read photo", "prepare photo", "write photo", "chat stand-in-vision", "embeddings stand-in-embedding"}
    assert exported.names_in(trace) >= steps | {"ingest photo"}
    [span] = exported.spans("ingest photo", photo__id=id_, photo__outcome="searchable")
    assert span["attributes"]["photo.attempt"] == 1


def _one_trace(exported: Exported, id_: str) -> set[str]:
    traces = exported.traces("ingest photo", photo__id=id_, photo__outcome="searchable")
    assert len(traces) == 1
    return traces


def test_a_later_attempt_belongs_to_the_trace_that_its_ticket_carries(world: World, exported: Exported) -> None:
    def is_continued() -> None:
        assert OTHER_TRACE in exported.traces("ingest photo", photo__id=photo_id(TICKET), photo__attempt=2)

    eventually(is_continued)


def test_a_question_is_one_trace_that_goes_on_with_the_callers(world: World, exported: Exported) -> None:
    def is_whole() -> None:
        names = exported.names_in(TRACE)
        assert names >= {"invoke_agent photos", "search photos", "chat stand-in-chat"}

    eventually(is_whole)

    [answer] = exported.spans("invoke_agent photos")
    models = exported.spans(gen_ai__operation__name="chat", purpose="chat")
    assert {each["parent_id"] for each in models} == {answer["context"]["span_id"]}


def test_metrics_are_what_happened(world: World, exported: Exported) -> None:
    def are_there() -> None:
        assert exported.value("photo.outcomes", outcome="searchable") >= 2
        assert exported.value("photo.outcomes", outcome="failed", reason="bad_photo") == 1
        assert exported.value("gen_ai.client.token.usage", purpose="chat", gen_ai__token__type="output") > 0
        assert exported.value("search.duration", mode="hybrid") > 0
        assert [each["count"] for each in exported.points("chat.time_to_first_word")] == [1]

    eventually(are_there)

    usage = [each["usage"] for each in world.calls("vision")]
    tokens = exported.value("gen_ai.client.token.usage", purpose="caption", gen_ai__token__type="input")
    assert tokens == sum(each["prompt_tokens"] for each in usage)
    [first_word] = exported.points("chat.time_to_first_word")
    assert 0 < first_word["sum"] < 60


def test_nothing_that_is_private_is_logged_or_exported(world: World, exported: Exported) -> None:
    eventually(lambda: test_metrics_are_what_happened(world, exported))
    record = world.get(f"/api/photos/{photo_id(PATH)}")
    private = [PATH, BROKEN, TICKET, "Aurelia", "Clandestine", "zebracorn", "quixotic", KEY, STORAGE_KEY]
    private += [record["caption"], record["title"], record["alt_text"]]

    log = [line for line in world.host.log.read_text().splitlines() if not OF_THE_HOST.match(line)]
    lines = [*log, *exported.path.read_text(encoding="utf-8").splitlines()]

    assert [(word, line) for word in private for line in lines if word in line] == []
    assert [line for line in log if f"indexed {photo_id(PATH)}" in line]
    assert [line for line in exported.lines("log") if photo_id(BROKEN) in line["body"]]
