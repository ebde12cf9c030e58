"""The sample photos are uploaded once, and replace nothing."""

from functools import partial
from pathlib import Path

import httpx
import pytest

from local import samples


async def test_samples_are_uploaded_once_and_replace_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = f"/api/photos/samples/{samples.sample_photos()[0].relative_to(samples.SAMPLES).as_posix()}"
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(412 if request.url.path == taken else 201)

    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(answer))
    monkeypatch.setattr("local.samples.httpx.AsyncClient", client)
    lines: list[str] = []

    for _ in range(2):
        await samples.upload_once("http://app", tmp_path / "marker", lines.append)

    assert taken in {request.url.path for request in requests}
    assert {request.headers["If-None-Match"] for request in requests} == {"*"}
    assert len(requests) == len(samples.sample_photos())
    assert lines == [f"uploaded {len(requests)} sample photos"]


async def test_a_sample_that_cannot_be_uploaded_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    monkeypatch.setattr("local.samples.httpx.AsyncClient", client)

    with pytest.raises(httpx.HTTPStatusError):
        await samples.upload_once("http://app", tmp_path / "marker", print)
    assert not (tmp_path / "marker").exists()
