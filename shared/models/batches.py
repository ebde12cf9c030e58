"""
The Batch API: a file of requests, answered within a day for half the price.

OpenAI and Azure speak it with a few differences: Azure wants another spelling of the endpoint, has a deployment of its
own for batches, and takes a moment to process a file before a batch can be made of it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Literal

import openai
from openai import AsyncOpenAI
from openai.types import Batch

from shared.errors import BadRequest, PhotoError, SettingsError, Transient
from shared.model_reply import ModelReply
from shared.models import chat_completions, responses
from shared.models.errors import to_photo_error
from shared.models.request import Request

BatchApi = Literal["chat", "responses"]
ENDED = {"completed", "failed", "expired", "cancelled"}
NO_ROOM = {"token_limit_exceeded", "rate_limit_exceeded", "quota_exceeded"}  # of a batch that was not begun
KEPT = 14 * 24 * 3600  # seconds; the least that Azure takes, and without it Azure keeps 500 files and no more
UPLOAD_SECONDS = 1800.0  # for 200 MB, the most of a file, at 1 Mbit a second
WINDOW: Literal["24h"] = "24h"  # there is no other


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is: its status, how many requests are done, and once it has ended, its files and what failed."""

    status: str
    done: int = 0
    output_file: str = ""
    error_file: str = ""
    reason: str = ""
    has_no_room: bool = False  # too much is queued at the server: the same batch may be sent later

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class BatchAnswer:
    """The reply to one request, by the id that we gave it; or None, and why there is none."""

    custom_id: str
    reply: ModelReply | None
    fault: str = ""


class ModelBatches:
    """Batches at the models' server; errors are those of the models."""

    def __init__(self, client: AsyncOpenAI, *, base_url: str) -> None:
        self._client = client
        self._is_azure = base_url.endswith("/openai/v1")

    def line(self, custom_id: str, body: Request, *, model: str, api: BatchApi) -> bytes:
        """A request as a line of the file."""
        request = {"custom_id": custom_id, "method": "POST", "url": self._endpoint(api)}
        return json.dumps({**request, "body": {"model": model, **body}}, ensure_ascii=False).encode() + b"\n"

    async def upload(self, file: IO[bytes], name: str) -> str:
        """
        The id of the file at the server; SettingsError where it has no Batch API.

        Transient where it takes longer than UPLOAD_SECONDS: meanwhile no other worker does anything with batches.
        """
        with _photo_errors():
            try:
                async with asyncio.timeout(UPLOAD_SECONDS):
                    uploaded = await self._client.files.create(
                        file=(name, file), purpose="batch", expires_after={"anchor": "created_at", "seconds": KEPT}
                    )
            except TimeoutError as error:
                raise Transient("the model's server did not take the file of a batch in time") from error
            except openai.NotFoundError:
                raise SettingsError("BATCH_MODEL: the server at OPENAI_BASE_URL has no Batch API") from None
        return uploaded.id

    async def is_processed(self, file_id: str) -> bool:
        """Whether a batch can be made of a file by now; BadRequest if the server could not read it, or has lost it."""
        with _photo_errors():
            try:
                status = str((await self._client.files.retrieve(file_id)).status)
            except openai.NotFoundError:
                raise BadRequest("the model's server does not know the file of a batch any more") from None
        if status == "error":
            raise BadRequest("the model's server could not read the file of a batch")
        return status in {"processed", "uploaded"}

    async def create(self, file_id: str, api: BatchApi) -> str:
        """Order the answers to a file, and return the id of the batch."""
        endpoint: Any = self._endpoint(api)
        with _photo_errors():
            batch = await self._client.batches.create(
                input_file_id=file_id,
                endpoint=endpoint,
                completion_window=WINDOW,
                output_expires_after={"anchor": "created_at", "seconds": KEPT},
            )
        return batch.id

    async def find(self, file_id: str) -> str | None:
        """The id of the batch that was made of a file, if any was; one that was not begun does not count."""
        with _photo_errors():
            async for batch in self._client.batches.list(limit=100):
                if batch.input_file_id == file_id and batch.status != "failed":
                    return batch.id
        return None

    async def progress(self, batch_id: str) -> BatchProgress:
        """How far a batch is; one that the server does not know any more has ended as if it was cancelled."""
        with _photo_errors():
            try:
                return _progress_of(await self._client.batches.retrieve(batch_id))
            except openai.NotFoundError:
                return BatchProgress("cancelled", reason="the server does not know it any more")

    async def answers(self, file_id: str, api: BatchApi) -> AsyncIterator[BatchAnswer]:
        """What a file says about each request, in lines that can be read; BadRequest if the server has lost it."""
        with _photo_errors():
            try:
                content = await self._client.files.content(file_id)
            except openai.NotFoundError:
                raise BadRequest("the model's server does not know the answers of a batch any more") from None
        for line in content.text.split("\n"):
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                yield _answer_of(json.loads(line), api)

    async def delete_file(self, file_id: str) -> None:
        """Delete a file at the server; it goes by itself in two weeks if that fails."""
        with suppress(PhotoError), _photo_errors():
            await self._client.files.delete(file_id)

    def _endpoint(self, api: BatchApi) -> str:
        if api == "responses":
            return "/v1/responses"
        return "/chat/completions" if self._is_azure else "/v1/chat/completions"


@contextmanager
def _photo_errors() -> Iterator[None]:
    try:
        yield
    except openai.OpenAIError as error:
        raise to_photo_error(error) from error


def _progress_of(batch: Batch) -> BatchProgress:
    errors = (batch.errors.data if batch.errors else None) or []
    counts = batch.request_counts
    return BatchProgress(
        batch.status,
        done=(counts.completed + counts.failed) if counts else 0,
        output_file=batch.output_file_id or "",
        error_file=batch.error_file_id or "",
        reason="; ".join(f"{each.code}: {each.message}" for each in errors)[:500],
        has_no_room=batch.status == "failed" and any(each.code in NO_ROOM for each in errors),
    )


def _answer_of(line: dict[str, Any], api: BatchApi) -> BatchAnswer:
    custom_id, response = line["custom_id"], line.get("response") or {}
    body = response.get("body") or {}
    if response.get("status_code") != 200:
        error = line.get("error") or (body.get("error") if isinstance(body, dict) else body) or {}
        return BatchAnswer(custom_id, None, str(error)[:300])
    try:
        return BatchAnswer(custom_id, _reply_of(body, api))
    except (PhotoError, LookupError, TypeError, AttributeError) as error:
        return BatchAnswer(custom_id, None, f"the answer cannot be read: {error}"[:300])


def _reply_of(body: dict[str, Any], api: BatchApi) -> ModelReply:
    """A reply as it would have been read from a live call."""
    if api == "responses":
        return responses.read_reply(body)
    return chat_completions.read_reply(body)
