"""Files and batches, as the openai package orders and reads them."""

import io
import json
from typing import Any, Literal

import openai
import pytest
from openai.types import Batch

from tests.local.models.stand_in import (
    DESCRIPTION_FORMAT,
    VISION,
    ModelStandIn,
    data_url,
    description_messages,
    plain_image,
)
from tests.machine import eventually

DEPLOYMENT = "stand-in-vision-batch"
ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"


def request(number: int, **changes: Any) -> dict[str, Any]:
    url = data_url(plain_image(("blue", "red", "green", "black")[number % 4], size=(64, 48)))
    body = {"model": DEPLOYMENT, "messages": description_messages(url), "response_format": DESCRIPTION_FORMAT}
    return {"custom_id": f"n{number}", "method": "POST", "url": ENDPOINT, "body": body} | changes


def order(stand_in: ModelStandIn, *requests: dict[str, Any], client: openai.OpenAI | None = None) -> Batch:
    lines = "".join(json.dumps(each) + "\n" for each in requests)
    client = client or stand_in.client
    file = client.files.create(file=("in.jsonl", io.BytesIO(lines.encode())), purpose="batch")
    endpoint: Any = requests[0]["url"]
    return client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h")


def end_of(stand_in: ModelStandIn, batch: Batch) -> Batch:
    def ended() -> Batch:
        now = stand_in.client.batches.retrieve(batch.id)
        assert now.status in {"completed", "failed", "expired", "cancelled"}
        return now

    return eventually(ended, timeout=45)


def lines_of(stand_in: ModelStandIn, file_id: str | None) -> dict[str, Any]:
    if file_id is None:
        return {}
    lines = [json.loads(line) for line in stand_in.client.files.content(file_id).text.splitlines()]
    return {each["custom_id"]: each for each in lines}


@pytest.fixture(autouse=True)
def _fast(stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"describe": "fast"})


def test_a_batch_is_answered_as_live_calls_are(stand_in: ModelStandIn) -> None:
    batch = order(stand_in, *(request(n) for n in range(3)))
    assert batch.status == "validating"

    batch = end_of(stand_in, batch)

    assert (batch.status, batch.error_file_id) == ("completed", None)
    assert batch.request_counts
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (3, 3, 0)
    answers = lines_of(stand_in, batch.output_file_id)
    live = stand_in.client.chat.completions.create(**request(1)["body"] | {"model": VISION})
    [said] = answers["n1"]["response"]["body"]["choices"]
    assert said["message"]["content"] == live.choices[0].message.content
    assert [each["on"] for each in stand_in.logged_requests()].count("batched") == 3


def test_responses_are_answered_too_and_azure_spells_chat_in_its_own_way(stand_in: ModelStandIn) -> None:
    azure = openai.OpenAI(base_url=f"{stand_in.url}/openai/v1", api_key="any", max_retries=0)
    batch = end_of(stand_in, order(stand_in, request(0, url="/chat/completions"), client=azure))
    assert lines_of(stand_in, batch.output_file_id)["n0"]["response"]["status_code"] == 200

    body = {"model": DEPLOYMENT, "input": "Are there photos of boats?"}
    batch = end_of(stand_in, order(stand_in, request(0, url="/v1/responses", body=body)))
    assert lines_of(stand_in, batch.output_file_id)["n0"]["response"]["body"]["object"] == "response"


def test_some_requests_fail_and_the_others_are_answered(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("content_filter", "batched", rate=0.5)

    batch = end_of(stand_in, order(stand_in, *(request(n) for n in range(4))))

    assert batch.status == "completed"
    failed = lines_of(stand_in, batch.error_file_id)
    assert set(lines_of(stand_in, batch.output_file_id)) | set(failed) == {"n0", "n1", "n2", "n3"}
    assert [each["response"]["status_code"] for each in failed.values()] == [400, 400]


@pytest.mark.parametrize("kind", ["expired", "cancelled"])
def test_what_is_done_when_a_batch_is_stopped_is_kept(stand_in: ModelStandIn, kind: str) -> None:
    stand_in.inject_fault(kind, "batch", count=1)

    batch = end_of(stand_in, order(stand_in, *(request(n) for n in range(4))))

    assert batch.status == kind
    assert set(lines_of(stand_in, batch.output_file_id)) == {"n0", "n1"}
    left = lines_of(stand_in, batch.error_file_id)
    assert {name: each["error"]["code"] for name, each in left.items()} == dict.fromkeys(("n2", "n3"), f"batch_{kind}")


def test_a_batch_that_waits_can_be_cancelled(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("latency", "batch", seconds=1, count=1)
    batch = order(stand_in, request(0))

    assert stand_in.client.batches.cancel(batch.id).status == "cancelling"
    assert end_of(stand_in, batch).status == "cancelled"
    with pytest.raises(openai.ConflictError):
        stand_in.client.batches.cancel(batch.id)


def test_a_batch_may_not_be_begun_and_says_why(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("failed", "batch", count=1)
    refused = end_of(stand_in, order(stand_in, request(0)))
    assert refused.errors
    assert refused.errors.data
    assert refused.errors.data[0].code == "token_limit_exceeded"

    wrong = {
        "mismatched_model": (request(0), request(1, body={"model": VISION})),
        "mismatched_endpoint": (request(0), request(1, url="/v1/responses")),
        "duplicate_custom_id": (request(0), request(0)),
        "invalid_request": ({"url": ENDPOINT},),
    }
    for code, requests in wrong.items():
        batch = end_of(stand_in, order(stand_in, *requests))
        assert batch.status == "failed"
        assert batch.errors
        assert batch.errors.data
        assert batch.errors.data[0].code == code


def test_a_deployment_for_batches_takes_no_live_calls(stand_in: ModelStandIn) -> None:
    with pytest.raises(openai.NotFoundError):
        stand_in.client.chat.completions.create(**request(0)["body"])


def test_files_and_batches_are_listed_page_by_page_and_files_deleted(stand_in: ModelStandIn) -> None:
    batches = [order(stand_in, request(n)).id for n in range(3)]
    listed = [each.id for each in stand_in.client.batches.list(limit=2)]
    assert listed[:3] == batches[::-1]
    file_id = stand_in.client.batches.retrieve(batches[0]).input_file_id
    assert file_id in {each.id for each in stand_in.client.files.list()}
    assert stand_in.client.files.retrieve(file_id).filename == "in.jsonl"

    stand_in.client.files.delete(file_id)

    with pytest.raises(openai.NotFoundError):
        stand_in.client.files.content(file_id)
    with pytest.raises(openai.NotFoundError):
        stand_in.client.batches.create(input_file_id=file_id, endpoint=ENDPOINT, completion_window="24h")
