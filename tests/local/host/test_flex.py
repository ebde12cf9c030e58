"""The host where WEBSITE_SKU says Flex Consumption: polling refused, and few HTTP requests at a time."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.host.errors import HostStartupError
from local.host.flex import check_blob_source, http_concurrency, settings_without_effect
from local.host.function_metadata import Binding, FunctionMetadata
from local.host.http.instance_concurrency import InstanceConcurrency
from local.host.settings import HostSettings
from tests.local.host.conftest import HostSandbox, MakeApp

FLEX = HostSettings({"WEBSITE_SKU": "FlexConsumption"})
# The words of ScriptHost.ValidateFunction in azure-functions-host.
REFUSAL = (
    "The Flex Consumption SKU only supports EventGrid as the source for BlobTrigger functions. "
    "Please update function 'read' to use EventGrid. For more information see https://aka.ms/blob-trigger-eg."
)


def blob_function(**data: str) -> FunctionMetadata:
    return FunctionMetadata("read", "1", Binding("blob", "blobTrigger", {"path": "photos/{name}", **data}))


@pytest.mark.parametrize("data", [{}, {"source": "LogsAndContainerScan"}, {"source": ""}])
def test_polling_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(HostStartupError) as error:
        check_blob_source(blob_function(**data))

    assert str(error.value) == REFUSAL


@pytest.mark.parametrize("source", ["EventGrid", "eventGrid"])
def test_event_grid_is_not_refused(source: str) -> None:
    check_blob_source(blob_function(source=source))


def test_a_host_of_an_app_that_polls_does_not_start(sandbox: HostSandbox, make_app: MakeApp) -> None:
    source = """
import azure.functions as func

app = func.FunctionApp()


@app.blob_trigger(arg_name="blob", path="photos/{name}", connection="AppStorage")
def read(blob: func.InputStream) -> None: ...
"""
    host = sandbox.launch(make_app(source), WEBSITE_SKU="FlexConsumption")

    assert host.process.wait(timeout=40) == 1
    assert REFUSAL in host.log


@pytest.mark.parametrize(("asked", "limit"), [(None, 1), (16, 16)])
def test_python_answers_one_request_at_a_time_unless_told_otherwise(asked: int | None, limit: int) -> None:
    assert http_concurrency(FLEX, [], asked=asked) == limit


@pytest.mark.parametrize("asked", [None, 16])
def test_elsewhere_there_is_no_limit_of_the_plan(asked: int | None) -> None:
    assert http_concurrency(HostSettings({}), [], asked=asked) == asked


def test_settings_without_effect_are_named(caplog: pytest.LogCaptureFixture) -> None:
    names = ["PhotoStorage", "WEBSITE_RUN_FROM_PACKAGE", "functions_worker_runtime"]

    http_concurrency(FLEX, names, asked=None)

    assert settings_without_effect(names) == ["WEBSITE_RUN_FROM_PACKAGE", "functions_worker_runtime"]
    assert "WEBSITE_RUN_FROM_PACKAGE, functions_worker_runtime" in caplog.text


@pytest.mark.parametrize("limit", [1, 16, None])
async def test_requests_beyond_the_limit_wait_in_order(limit: int | None) -> None:
    concurrency, working, order = InstanceConcurrency(limit), asyncio.Event(), list[int]()

    async def request(number: int) -> None:
        async with concurrency.place():
            order.append(number)
            await working.wait()

    requests = [asyncio.create_task(request(number)) for number in range(20)]
    for _ in range(3):
        await asyncio.sleep(0)
    started = len(order)
    working.set()
    await asyncio.gather(*requests)

    assert started == (limit or 20)
    assert order == list(range(20))


def test_a_streamed_response_keeps_its_place_until_it_ends(sandbox: HostSandbox, make_app: MakeApp) -> None:
    source = """
import asyncio
import json
from collections.abc import AsyncIterator

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
active = 0


@app.route(route="stream", methods=["GET"])
async def stream(req: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[str]:
        global active
        active += 1
        yield f"{active} "
        await asyncio.sleep(0.05)
        yield str(active)
        active -= 1

    return StreamingResponse(chunks())
"""
    host = sandbox.start(make_app(source), "--http-concurrency", "2", WEBSITE_SKU="FlexConsumption")

    def ask(_: int) -> list[int]:
        answer = httpx.get(f"{host.url}/api/stream", timeout=60, trust_env=False)
        return [int(number) for number in answer.text.split()]

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(ask, range(8)))

    assert all(len(each) == 2 for each in counts), json.dumps(counts)
    assert max(max(each) for each in counts) <= 2
    assert "an instance answers 2 HTTP requests at a time" in host.log
