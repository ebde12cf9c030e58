"""What the host is told about the functions of the app."""

from typing import Any

import azure.functions as func
import pytest

import function_app
from web.routes import ROUTES

# The host calls this too, and it raises where two functions have the same name.
FUNCTIONS = {each.get_function_name(): each for each in function_app.app.get_functions()}
QUEUES = {
    "retry_due": "photo-tickets",
    "upload_due": "photo-uploads",
    "refresh_due": "photo-refresh",
    "photo_deleted": "photo-deleted",
    "delete_given_up": "photo-deleted-poison",
    "arrival_given_up": "webjobs-blobtrigger-poison",
    "retry_given_up": "photo-tickets-poison",
    "upload_given_up": "photo-uploads-poison",
    "refresh_given_up": "photo-refresh-poison",
    "job_due": "photo-jobs",
    "job_given_up": "photo-jobs-poison",
}


def trigger(name: str) -> dict[str, Any]:
    binding = FUNCTIONS[name].get_trigger()
    assert binding
    return dict(binding.get_dict_repr())


def test_the_app_is_its_triggers_and_its_routes() -> None:
    assert FUNCTIONS.keys() == {"photo_arrived", "reconcile", *QUEUES, *(route.function for route in ROUTES)}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
def test_every_route_is_a_function_with_its_own_level(route: Any) -> None:
    http = trigger(route.function)

    assert (http["route"], [method.value for method in http["methods"]]) == (route.path, [route.method])
    assert http["authLevel"] == (func.AuthLevel.ANONYMOUS if route.anonymous else func.AuthLevel.FUNCTION)


@pytest.mark.parametrize(("name", "queue"), QUEUES.items())
def test_every_queue_has_its_function(name: str, queue: str) -> None:
    assert (trigger(name)["queueName"], trigger(name)["connection"]) == (queue, "PhotoStorage")


def test_photos_arrive_from_their_container() -> None:
    assert (trigger("photo_arrived")["path"], trigger("photo_arrived")["connection"]) == (
        "photos/{name}",
        "PhotoStorage",
    )


@pytest.mark.parametrize(("body", "text"), [(b"abc", "abc"), ("Zürich".encode(), "Zürich"), (b"\xff", "\ufffd")])
def test_a_message_is_text_whatever_its_bytes(body: bytes, text: str) -> None:
    assert function_app.text_of(func.QueueMessage(body=body)) == text


@pytest.mark.parametrize(
    ("name", "handler", "arguments"),
    [
        ("retry_due", "retry_due", ("text",)),
        ("upload_due", "upload_due", ("text",)),
        ("upload_given_up", "dead_lettered", ("text",)),
        ("refresh_due", "refresh_due", ("text",)),
        ("refresh_given_up", "refresh_given_up", ("text",)),
        ("photo_deleted", "photo_deleted", ("text",)),
        ("delete_given_up", "delete_given_up", ("text",)),
        ("arrival_given_up", "dead_lettered", ("text",)),
        ("retry_given_up", "dead_lettered", ("text",)),
        ("job_due", "job_due", ("text",)),
        ("job_given_up", "job_given_up", ("text",)),
        ("photo_arrived", "photo_arrived", ("a.jpg", "photos")),
        ("reconcile", "reconcile_due", ()),
    ],
)
async def test_each_trigger_calls_its_handler(
    name: str, handler: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, ...]] = []

    async def record(*values: str) -> None:
        calls.append(values)

    class BlobNamed:
        blob_name, container_name = "a.jpg", "photos"

    module = "web.job_turns" if name.startswith("job_") else "ingest.handlers"
    monkeypatch.setattr(f"{module}.{handler}", record)
    trigger_data = BlobNamed() if name == "photo_arrived" else func.QueueMessage(body=b"text")

    await FUNCTIONS[name].get_user_function()(trigger_data)

    assert calls == [arguments]


async def test_each_route_answers_through_its_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, Any]] = []

    async def answer(route: Any, request: Any) -> str:
        calls.append((route, request))
        return "response"

    monkeypatch.setattr("web.entry.answer", answer)

    for route in ROUTES:
        assert await FUNCTIONS[route.function].get_user_function()("request") == "response"

    assert calls == [(route, "request") for route in ROUTES]
