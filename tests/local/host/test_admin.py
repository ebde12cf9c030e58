"""The host's own endpoints: its status, its functions, manual runs, and Event Grid's webhooks."""

from typing import Any

import httpx

from tests.local.host.conftest import HostSandbox, RunningHost
from tests.machine import eventually


def assert_event(host: RunningHost, event_name: str, **facts: object) -> None:
    assert any(facts.items() <= event.items() for event in host.events(event_name)), host.events(event_name)


def test_the_status_says_that_the_host_runs(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    status = httpx.get(f"{host.url}/admin/host/status").json()

    assert (status["state"], status["id"]) == ("Running", shared_sandbox.name)
    assert httpx.get(f"{host.url}/admin/host/ping").status_code == 200


def test_the_functions_are_listed_with_their_bindings(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    functions = {function["name"]: function for function in httpx.get(f"{host.url}/admin/functions").json()}

    assert functions["item"]["invoke_url_template"] == f"{host.url}/items/{{id:int}}"
    assert functions["work"]["config"]["bindings"][0]["queueName"] == f"{shared_sandbox.name}-work"
    assert httpx.get(f"{host.url}/admin/functions/work").json() == functions["work"]


def start(host: RunningHost, function: str, input_: str) -> int:
    return httpx.post(f"{host.url}/admin/functions/{function}", json={"input": input_}).status_code


def test_functions_start_by_hand_with_an_input(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    shared_sandbox.container("-grid").upload_blob("by hand.txt", b"12")

    assert start(host, "work", "by hand") == 202
    assert start(host, "tick", "") == 202
    assert start(host, "grid_blob", f"{shared_sandbox.name}-grid/by hand.txt") == 202
    event = '{"id": "1", "subject": "by hand", "data": {}, "eventTime": "2026-01-01T00:00:00Z"}'
    assert start(host, "grid_event", event) == 202

    eventually(lambda: assert_event(host, "message", text="by hand", attempt=1))
    eventually(lambda: assert_event(host, "tick", past_due=False))
    eventually(lambda: assert_event(host, "grid blob", name=f"{shared_sandbox.name}-grid/by hand.txt", size=2))
    eventually(lambda: assert_event(host, "grid event", subject="by hand"))


def test_what_cannot_be_started_by_hand_says_why(host: RunningHost) -> None:
    assert start(host, "home", "") == 400
    assert start(host, "nobody", "") == 404
    assert httpx.post(f"{host.url}/admin/functions/work", content=b"{").status_code == 400
    assert httpx.get(f"{host.url}/admin/nothing").status_code == 404


def blob_created(sandbox: HostSandbox, name: str) -> dict[str, Any]:
    return {
        "id": "1",
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": f"/blobServices/default/containers/{sandbox.name}-grid/blobs/{name}",
        "eventTime": "2026-01-01T00:00:00Z",
        "dataVersion": "",
        "data": {
            "url": f"{sandbox.azurite.blob_url}/{sandbox.name}-grid/{name}",
            "eTag": "0x1",
            "blobType": "BlockBlob",
        },
    }


def test_event_grid_reports_blobs(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    shared_sandbox.container("-grid").upload_blob("reported/ü.txt", b"123")
    url = f"{host.url}/runtime/webhooks/blobs?functionName=Host.Functions.grid_blob"

    response = httpx.post(
        url, json=[blob_created(shared_sandbox, "reported/%C3%BC.txt")], headers={"aeg-event-type": "Notification"}
    )

    assert response.status_code == 202
    eventually(lambda: assert_event(host, "grid blob", name=f"{shared_sandbox.name}-grid/reported/ü.txt", size=3))


def test_event_grid_s_handshake_is_answered(host: RunningHost) -> None:
    for endpoint in ("blobs?functionName=Host.Functions.grid_blob", "eventgrid?functionName=grid_event"):
        response = httpx.post(
            f"{host.url}/runtime/webhooks/{endpoint}",
            json=[{"data": {"validationCode": "abc"}}],
            headers={"aeg-event-type": "SubscriptionValidation"},
        )
        assert response.json() == {"validationResponse": "abc"}


def test_events_go_to_their_function(host: RunningHost) -> None:
    event = {"id": "1", "subject": "s", "eventType": "t", "eventTime": "2026-01-01T00:00:00Z", "data": {"a": 1}}

    response = httpx.post(
        f"{host.url}/runtime/webhooks/eventgrid?functionName=grid_event",
        json=[event],
        headers={"aeg-event-type": "Notification"},
    )

    assert response.status_code == 202
    assert_event(host, "grid event", subject="s", data={"a": 1})


def test_events_without_a_function_or_malformed_are_refused(host: RunningHost) -> None:
    webhooks = f"{host.url}/runtime/webhooks"

    assert httpx.post(f"{webhooks}/eventgrid?functionName=work", json=[]).status_code == 404
    assert httpx.post(f"{webhooks}/eventgrid?functionName=grid_event", json=[{}]).status_code == 400
    headers = {"aeg-event-type": "Notification"}
    assert httpx.post(f"{webhooks}/eventgrid?functionName=grid_event", content=b"[", headers=headers).status_code == 500
    assert httpx.get(f"{webhooks}/eventgrid?functionName=grid_event").status_code == 405


def test_web_pages_of_other_origins_reach_none_of_the_hosts_own_endpoints(host: RunningHost) -> None:
    foreign = [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    paths = ["/admin/host/status", "/admin/functions", "/admin/functions/work", "/runtime/webhooks/blobs", "/ADMIN/x"]

    for path in paths:
        for headers in foreign:
            assert httpx.get(f"{host.url}{path}", headers=headers).status_code == 403
            assert httpx.post(f"{host.url}{path}", headers=headers, content=b"{}").status_code == 403
