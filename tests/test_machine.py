"""The tests' own tools keep their promises."""

import asyncio
import threading

import pytest
from azure.core.exceptions import AzureError
from azure.storage.queue import QueueServiceClient

from tests.machine import Azurite, eventually, patch_sleep, running_azurite


def test_eventually_returns_what_a_late_success_returns() -> None:
    answers = iter([AssertionError(), AssertionError(), "done"])

    def assertion() -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert eventually(assertion) == "done"


async def test_eventually_raises_the_last_error_after_the_deadline() -> None:
    async def assertion() -> None:
        await asyncio.sleep(0)
        raise AssertionError("never true")

    with pytest.raises(AssertionError, match="never true"):
        await eventually(assertion, timeout=0.1)


def queues(azurite: Azurite, timeout: int = 5) -> set[str]:
    with QueueServiceClient.from_connection_string(
        azurite.connection_string, retry_total=0, read_timeout=timeout
    ) as service:
        return {queue.name for queue in service.list_queues()}


def test_azurite_keeps_its_data_over_a_restart() -> None:
    with running_azurite() as azurite:
        with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
            service.create_queue("kept").close()

        azurite.restart()

        assert "kept" in queues(azurite)


def test_an_azurite_that_is_stopped_while_it_starts_stops_in_order() -> None:
    with running_azurite() as azurite:
        azurite.stop()
        azurite.log.unlink()
        process = azurite.launch()
        eventually(lambda: azurite.log.read_text().index("Blob service is starting"))

        process.terminate()

        assert process.wait(timeout=60) == 0


def test_a_paused_azurite_answers_only_after_it_is_resumed(azurite: Azurite) -> None:
    azurite.pause()
    with pytest.raises(AzureError):
        queues(azurite, timeout=1)

    azurite.resume()

    assert queues(azurite) >= set()


def test_sleep_is_patched_in_this_thread_only(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    patch_sleep(monkeypatch, note)
    elsewhere = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(0.01)))
    elsewhere.start()
    elsewhere.join()
    asyncio.run(asyncio.sleep(60))

    assert slept == [60]
