"""What the benchmarks of ingestion make of a model's limits, and of the requests they noted."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from benchmarks.ingest import Limit
from benchmarks.ingest_calls import Call, Recorder, outside
from benchmarks.limited_model import PERIOD, TOKENS, LimitedModel, tokens_of
from shared.models.token_limit import TokenLimit, read_token_limit


@pytest.mark.parametrize(
    ("tokens_per_minute", "ideal"), [(0, 4.0), (1_000_000, 4.0), (60 * TOKENS, 1.0), (30 * TOKENS, 0.5)]
)
def test_the_ideal_is_what_places_or_the_quota_allow(tokens_per_minute: int, ideal: float) -> None:
    assert Limit(24, 6.0, tokens_per_minute).photos_a_second == ideal


def test_the_time_outside_the_models_is_that_in_which_none_is_asked() -> None:
    def call(service: str, begin: float, end: float) -> Call:
        return Call(service, "", 200, begin, end)

    calls = [
        call("blobs", 0.0, 0.5),
        call("models", 1.0, 3.0),
        call("blobs", 1.5, 2.0),
        call("models", 2.0, 4.0),
        call("search", 4.0, 4.25),
    ]

    assert outside(calls) == 1.25


def test_requests_are_noted_without_what_tells_photos_and_accounts_apart() -> None:
    recorder = Recorder({"127.0.0.1:1": "blobs"})

    url = f"http://127.0.0.1:1/devstoreaccount1/photo-edits/{'ab' * 16}.json?comp=lease&sig=secret"
    recorder.note("PUT", url, 201, recorder.start)
    recorder.note("POST", "http://127.0.0.1:2/v1/embeddings", 200, recorder.start)

    assert [(each.service, each.what) for each in recorder.calls] == [
        ("blobs", "PUT /photo-edits/….json?comp=lease"),
        ("127.0.0.1:2", "POST /v1/embeddings"),
    ]


def test_a_sixth_of_the_quota_may_be_used_in_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("benchmarks.limited_model.time.monotonic", lambda: now[0])
    model = LimitedModel("", places=1, seconds=1, tokens_per_minute=12 * TOKENS)

    assert [model._refuse(TOKENS) for _ in range(3)] == [0, 0, PERIOD]
    now[0] += 4
    assert model._refuse(TOKENS) == PERIOD - 4
    now[0] += 6
    assert model._refuse(TOKENS) == 0


def test_answers_tell_what_is_left_of_the_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1004.0]
    monkeypatch.setattr("benchmarks.limited_model.time.monotonic", lambda: now[0])
    model = LimitedModel("", places=1, seconds=1, tokens_per_minute=12 * TOKENS)
    model._refuse(TOKENS)

    def told() -> TokenLimit | None:
        return read_token_limit(model._told())

    assert told() == TokenLimit(TOKENS, 2 * TOKENS, PERIOD - 4)
    now[0] += 6
    assert told() == TokenLimit(2 * TOKENS, 2 * TOKENS, PERIOD)
    assert LimitedModel("", places=1, seconds=1)._told() == {}


def test_a_picture_costs_tokens_by_its_size() -> None:
    def call(width: int, height: int) -> dict[str, Any]:
        out = io.BytesIO()
        Image.new("RGB", (width, height)).save(out, "JPEG")
        url = f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"
        content = [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": url}}]
        return {"messages": [{"role": "system", "content": "!"}, {"role": "user", "content": content}]}

    assert tokens_of(call(1024, 768)) == TOKENS
    assert tokens_of(call(4000, 3000)) == TOKENS - 922 + 3000  # as many patches as there may be
