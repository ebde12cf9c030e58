"""Files and batches as they are kept, in memory, and the work on a batch: its requests, one after another."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from local.models.api.catalog import BATCH_DEPLOYMENTS
from local.models.api.errors import ApiError, invalid_request
from local.models.fault_injection import FaultRule

MAX_FILE_BYTES = 200_000_000
MAX_REQUESTS = 50_000
WINDOW = 24 * 3600
APIS = {"/v1/chat/completions": "chat", "/chat/completions": "chat", "/v1/responses": "responses"}
STRAY_FAULT = {"expired": "batch_expired", "cancelled": "batch_cancelled"}
ENDED = {"completed", "failed", "expired", "cancelled"}

Answer = Callable[[bytes, str], Awaitable[tuple[int, Any]]]  # of a body, by an API: the status and the body of both


@dataclass
class StoredFile:
    """A file that was uploaded, or that a batch has written."""

    name: str
    purpose: str
    content: bytes
    id: str = field(default_factory=lambda: f"file-{uuid4().hex}")
    created_at: int = field(default_factory=lambda: int(time.time()))

    def body(self) -> dict[str, Any]:
        fields = {"id": self.id, "object": "file", "bytes": len(self.content), "created_at": self.created_at}
        return {**fields, "filename": self.name, "purpose": self.purpose, "status": "processed", "status_details": None}


@dataclass
class BatchJob:
    """A batch; the names of times are those of OpenAI's object."""

    input_file: StoredFile
    endpoint: str
    metadata: Any = None
    id: str = field(default_factory=lambda: f"batch_{uuid4().hex}")
    status: str = "validating"
    times: dict[str, int] = field(default_factory=lambda: {"created_at": int(time.time())})
    total: int = 0
    completed: int = 0
    failed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    output_file: StoredFile | None = None
    error_file: StoredFile | None = None

    def become(self, status: str) -> None:
        self.status = status
        self.times[f"{status}_at"] = int(time.time())

    def body(self) -> dict[str, Any]:
        times = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "input_file_id": self.input_file.id,
            "completion_window": "24h",
            "status": self.status,
            "metadata": self.metadata,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "output_file_id": self.output_file.id if self.output_file else None,
            "error_file_id": self.error_file.id if self.error_file else None,
            "created_at": self.times["created_at"],
            "expires_at": self.times["created_at"] + WINDOW,
            **{f"{each}_at": self.times.get(f"{each}_at") for each in times},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
        }


class BatchJobs:
    """All files and batches; they are gone when the stand-in ends. `answer` is that of live calls."""

    def __init__(self, answer: Answer) -> None:
        self.files: dict[str, StoredFile] = {}
        self.jobs: dict[str, BatchJob] = {}
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, job: BatchJob, fault: FaultRule | None) -> None:
        """Work on a batch in the background."""
        self.jobs[job.id] = job
        task = asyncio.create_task(self._work(job, fault))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _work(self, job: BatchJob, fault: FaultRule | None) -> None:
        kind = fault.kind if fault else ""
        if kind == "failed":
            _refuse(job, "token_limit_exceeded", "Enqueued token limit reached. Please try again later.", None)
            return
        try:
            requests = read_requests(job.input_file.content, job.endpoint)
        except ApiError as error:
            _refuse(job, error.code or "invalid_json_line", error.message, error.param)
            return
        job.total = len(requests)
        if fault and kind == "latency":
            await asyncio.sleep(fault.seconds)
        if job.status == "validating":
            job.become("in_progress")
        end = len(requests) // 2 if kind in STRAY_FAULT else len(requests)
        lines, errors = await self._run(job, requests[:end])
        stopped_as = kind if kind in STRAY_FAULT else "cancelled" if job.status == "cancelling" else ""
        errors += [_unanswered(each, stopped_as) for each in requests[len(lines) + len(errors) :]]
        job.failed = len(errors)
        job.become("finalizing")
        job.output_file, job.error_file = self._written(job, "output", lines), self._written(job, "error", errors)
        job.become(stopped_as or "completed")

    async def _run(self, job: BatchJob, requests: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        """What comes of requests until the batch is cancelled: the lines of both files."""
        lines, errors = list[Any](), list[Any]()
        for each in requests:
            if job.status == "cancelling":
                break
            body = each["body"] | {"model": BATCH_DEPLOYMENTS.get(each["body"].get("model"), each["body"].get("model"))}
            status, answer = await self._answer(json.dumps(body).encode(), APIS[each["url"]])
            response = {"status_code": status, "request_id": uuid4().hex, "body": answer}
            line = {"id": f"batch_req_{uuid4().hex}", "custom_id": each["custom_id"], "response": response}
            (lines if status == 200 else errors).append(line | {"error": None})
            job.completed, job.failed = len(lines), len(errors)
        return lines, errors

    def _written(self, job: BatchJob, kind: str, lines: list[Any]) -> StoredFile | None:
        if not lines:
            return None
        content = "".join(json.dumps(each) + "\n" for each in lines).encode()
        file = StoredFile(f"{job.id}_{kind}.jsonl", "batch_output", content)
        self.files[file.id] = file
        return file


def _refuse(job: BatchJob, code: str, message: str, line: str | None) -> None:
    job.errors = [{"code": code, "message": message, "param": None, "line": int(line) if line else None}]
    job.become("failed")


def _unanswered(request: dict[str, Any], stopped_as: str) -> dict[str, Any]:
    words = "This request could not be executed before the completion window expired."
    error = {
        "code": STRAY_FAULT[stopped_as],
        "message": words if stopped_as == "expired" else "The batch was cancelled.",
    }
    line = {"id": f"batch_req_{uuid4().hex}", "custom_id": request["custom_id"]}
    return line | {"response": None, "error": error}


def read_requests(content: bytes, endpoint: str) -> list[dict[str, Any]]:
    """The requests in a file; an ApiError, whose `param` is the number of the line, says what is wrong with it."""
    requests = list[dict[str, Any]]()
    for number, line in enumerate(content.splitlines(), 1):
        requests.append(_read_request(line, number))
    if not requests:
        raise invalid_request("The input file is empty.", None, "empty_file")
    if len(requests) > MAX_REQUESTS:
        raise invalid_request(f"The input file has more than {MAX_REQUESTS} requests.", None, "too_many_requests")
    for number, each in enumerate(requests, 1):
        if APIS[each["url"]] != APIS[endpoint]:
            raise invalid_request("The URL of a request is not that of the batch.", str(number), "mismatched_endpoint")
        if each["body"].get("model") != requests[0]["body"].get("model"):
            raise invalid_request("All requests must be for the same model.", str(number), "mismatched_model")
    ids = [each["custom_id"] for each in requests]
    if len(set(ids)) < len(ids):
        raise invalid_request("The custom_id of a request is not unique.", None, "duplicate_custom_id")
    return requests


def _read_request(line: bytes, number: int) -> dict[str, Any]:
    try:
        request: Any = json.loads(line)
    except ValueError:
        raise invalid_request("This line is not parseable as valid JSON.", str(number), "invalid_json_line") from None
    is_request = (
        isinstance(request, dict)
        and request.keys() == {"custom_id", "method", "url", "body"}
        and isinstance(request["custom_id"], str)
        and request["method"] == "POST"
        and request["url"] in APIS
        and isinstance(request["body"], dict)
    )
    if not is_request:
        raise invalid_request("This line is not a request of a batch.", str(number), "invalid_request")
    assert isinstance(request, dict)
    return request
