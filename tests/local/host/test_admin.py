"""The host's own paths: its state, its functions, runs by hand, and Event Grid's door."""

from typing import Any

import httpx

from tests.local.host.conftest import RunningHost, World
from tests.machine import eventually


def noted(host: RunningHost, event: str, **facts: object) -> None:
    assert any(facts.items() <= note.items() for note in host.noted(event)), host.noted(event)


def test_the_state_tells_that_it_runs(host: RunningHost, shared_world: World) -> None:
    status = httpx.get(f"{host.url}/admin/host/status").json()

    assert (status["state"], status["id"]) == ("Running", shared_world.name)
    assert httpx.get(f"{host.url}/admin/host/ping").status_code == 200


def test_the_functions_are_listed_with_their_bindings(host: RunningHost, shared_world: World) -> None:
    listed = {function["name"]: function for function in httpx.get(f"{host.url}/admin/functions").json()}

    assert listed["item"]["invoke_url_template"] == f"{host.url}/items/{{id:int}}"
    assert listed["work"]["config"]["bindings"][0]["queueName"] == f"{shared_world.name}-work"
    assert httpx.get(f"{host.url}/admin/functions/work").json() == listed["work"]


def start(host: RunningHost, function: str, given: str) -> int:
    return httpx.post(f"{host.url}/admin/functions/{function}", json={"input": given}).status_code


def test_functions_start_by_hand_with_the_input_given(host: RunningHost, shared_world: World) -> None:
    shared_world.container("-grid").upload_blob("by hand.txt", b"12")

    assert start(host, "work", "by hand") == 202
    assert start(host, "tick", "") == 202
    assert start(host, "grid_blob", f"{shared_world.name}-grid/by hand.txt") == 202
    event = '{"id": "1", "subject": "by hand", "data": {}, "eventTime": "2026-01-01T00:00:00Z"}'
    assert start(host, "grid_event", event) == 202

    eventually(lambda: noted(host, "message", text="by hand", attempt=1))
    eventually(lambda: noted(host, "tick", past_due=False))
    eventually(lambda: noted(host, "grid blob", name=f"{shared_world.name}-grid/by hand.txt", size=2))
    eventually(lambda: noted(host, "grid event", subject="by hand"))


def test_what_cannot_be_started_by_hand_says_why(host: RunningHost) -> None:
    assert start(host, "home", "") == 400
    assert start(host, "nobody", "") == 404
    assert httpx.post(f"{host.url}/admin/functions/work", content=b"{").status_code == 400
    assert httpx.get(f"{host.url}/admin/nothing").status_code == 404


def blob_created(world: World, name: str) -> dict[str, Any]:
    return {
        "id": "1",
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": f"/blobServices/default/containers/{world.name}-grid/blobs/{name}",
        "eventTime": "2026-01-01T00:00:00Z",
        "dataVersion": "",
        "data": {
            "url": f"{world.azurite.blob_url}/{world.name}-grid/{name}",
            "eTag": "0x1",
            "blobType": "BlockBlob",
        },
    }


def test_event_grid_tells_of_blobs(host: RunningHost, shared_world: World) -> None:
    shared_world.container("-grid").upload_blob("told/ü.txt", b"123")
    door = f"{host.url}/runtime/webhooks/blobs?functionName=Host.Functions.grid_blob"

    response = httpx.post(
        door, json=[blob_created(shared_world, "told/%C3%BC.txt")], headers={"aeg-event-type": "Notification"}
    )

    assert response.status_code == 202
    eventually(lambda: noted(host, "grid blob", name=f"{shared_world.name}-grid/told/ü.txt", size=3))


def test_event_grid_s_handshake_is_answered(host: RunningHost) -> None:
    for door in ("blobs?functionName=Host.Functions.grid_blob", "eventgrid?functionName=grid_event"):
        response = httpx.post(
            f"{host.url}/runtime/webhooks/{door}",
            json=[{"data": {"validationCode": "abc"}}],
            headers={"aeg-event-type": "SubscriptionValidation"},
        )
        assert response.json() == {"validationResponse": "abc"}


def test_events_go_to_their_function(host: RunningHost) -> None:
    event = {"id": "1", "subject": "s", "eventType": "t", "eventTime": "2026-01-01T00:00:00Z", "data": {"a": 1}}

    response = httpx.post(f"{host.url}/runtime/webhooks/eventgrid?functionName=grid_event", json=[event])

    assert response.status_code == 202
    noted(host, "grid event", subject="s", data={"a": 1})


def test_events_nobody_can_take_are_refused(host: RunningHost, shared_world: World) -> None:
    doors = f"{host.url}/runtime/webhooks"

    assert httpx.post(f"{doors}/blobs?functionName=Host.Functions.work", json=[]).status_code == 404
    assert httpx.post(f"{doors}/blobs?functionName=Host.Functions.grid_blob", json=[{}]).status_code == 400
    assert httpx.post(f"{doors}/eventgrid?functionName=grid_event", content=b"[").status_code == 400
    assert httpx.get(f"{doors}/eventgrid?functionName=grid_event").status_code == 405
