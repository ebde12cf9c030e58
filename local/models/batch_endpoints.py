"""The endpoints of files and of batches, whose requests are answered as live ones are."""

import json
from typing import Any, cast

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.models.api.errors import ApiError, invalid_request
from local.models.api.requests import StrictRequestModel, parse_request
from local.models.batch_jobs import APIS, ENDED, MAX_FILE_BYTES, BatchJob, BatchJobs, StoredFile
from local.models.disconnect import ConnectionClosed
from local.models.endpoints import OpenAIEndpoints
from local.models.personalities.personality import Api
from local.models.request_log import RequestLogEntry

HOUR = 3600
FIELDS_OF_FILES = {"file", "purpose", "expires_after[anchor]", "expires_after[seconds]"}


class FileExpiry(StrictRequestModel):
    """When files of a batch are to go."""

    anchor: str
    seconds: int


class BatchRequest(StrictRequestModel):
    """The body of `POST /batches`."""

    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None = None
    output_expires_after: FileExpiry | None = None


class BatchEndpoints:
    """`/files` and `/batches`. The fault `latency` of a batch delays its work; others strike when it is made."""

    def __init__(self, endpoints: OpenAIEndpoints) -> None:
        self._endpoints = endpoints
        self._jobs = BatchJobs(self._answer)

    def routes(self, base: str) -> list[Route]:
        """The routes below a path such as `/v1`."""
        return [
            Route(f"{base}/files", self._upload, methods=["POST"]),
            Route(f"{base}/files", self._list_files),
            Route(f"{base}/files/{{id}}", self._file, methods=["GET", "DELETE"]),
            Route(f"{base}/files/{{id}}/content", self._content),
            Route(f"{base}/batches", self._create, methods=["POST"]),
            Route(f"{base}/batches", self._list_batches),
            Route(f"{base}/batches/{{id}}", self._batch),
            Route(f"{base}/batches/{{id}}/cancel", self._cancel, methods=["POST"]),
        ]

    def close(self) -> None:
        """End what is in progress."""
        self._jobs.close()

    async def _answer(self, body: bytes, api: str) -> tuple[int, Any]:
        entry = RequestLogEntry("batched", "")
        log = self._endpoints.request_log
        log.begin(entry)
        try:
            response = await self._endpoints.answer_batched(body, cast(Api, api), entry)
        except ApiError as error:
            entry.status = error.status
            return error.status, error.body()
        except ConnectionClosed:
            return 500, ApiError(500, "The server had an error.", error_type="server_error").body()
        finally:
            log.finish(entry)
        return response.status_code, json.loads(bytes(response.body))

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            if unknown := form.keys() - FIELDS_OF_FILES:
                raise invalid_request(f"Unknown parameter: '{min(unknown)}'.", min(unknown), "unknown_parameter")
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise invalid_request("'file' is a required property", "file")
            if form.get("purpose") != "batch":
                raise invalid_request("Only files of the purpose 'batch' are kept here.", "purpose")
            if (upload.size or 0) > MAX_FILE_BYTES:
                raise ApiError(413, "The file is larger than 200 MB.", code="file_too_large", param="file")
            file = StoredFile(upload.filename or "", "batch", await upload.read())
        self._jobs.files[file.id] = file
        return JSONResponse(file.body())

    async def _list_files(self, request: Request) -> Response:
        return _page([each.body() for each in self._jobs.files.values()], request)

    async def _file(self, request: Request) -> Response:
        file = self._find_file(request.path_params["id"])
        if request.method == "DELETE":
            del self._jobs.files[file.id]
            return JSONResponse({"id": file.id, "object": "file", "deleted": True})
        return JSONResponse(file.body())

    async def _content(self, request: Request) -> Response:
        return Response(self._find_file(request.path_params["id"]).content, media_type="application/octet-stream")

    async def _create(self, request: Request) -> Response:
        order = parse_request(BatchRequest, await request.body())
        if order.endpoint not in APIS:
            raise invalid_request(f"Invalid value: '{order.endpoint}'.", "endpoint", "invalid_value")
        if order.completion_window != "24h":
            raise invalid_request("The completion window must be '24h'.", "completion_window", "invalid_value")
        expiry = order.output_expires_after
        if expiry and (expiry.anchor != "created_at" or not HOUR <= expiry.seconds <= 30 * 24 * HOUR):
            raise invalid_request("Files are kept for 1 hour to 30 days after 'created_at'.", "output_expires_after")
        job = BatchJob(self._find_file(order.input_file_id), order.endpoint, order.metadata)
        fault = self._endpoints.fault_injector.next_fault("batch")
        if fault and fault.kind != "latency":
            await self._endpoints.apply_fault(fault)
        self._jobs.begin(job, fault)
        return JSONResponse(job.body())

    async def _list_batches(self, request: Request) -> Response:
        return _page([each.body() for each in self._jobs.jobs.values()], request)

    async def _batch(self, request: Request) -> Response:
        return JSONResponse(self._find_job(request).body())

    async def _cancel(self, request: Request) -> Response:
        job = self._find_job(request)
        if job.status in ENDED:
            raise ApiError(409, f"Cannot cancel a batch with status '{job.status}'.")
        job.become("cancelling")
        return JSONResponse(job.body())

    def _find_file(self, id_: str) -> StoredFile:
        if id_ not in self._jobs.files:
            raise ApiError(404, f"No such File object: {id_}", param="id")
        return self._jobs.files[id_]

    def _find_job(self, request: Request) -> BatchJob:
        id_ = request.path_params["id"]
        if id_ not in self._jobs.jobs:
            raise ApiError(404, f"No batch found with id '{id_}'.")
        return self._jobs.jobs[id_]


def _page(items: list[dict[str, Any]], request: Request) -> Response:
    """Some of a list, the newest first, from `after` on."""
    newest = items[::-1]
    after, limit = request.query_params.get("after"), int(request.query_params.get("limit", "20"))
    start = next((n for n, each in enumerate(newest, 1) if each["id"] == after), 0)
    some = newest[start : start + limit]
    ends = {"first_id": some[0]["id"] if some else None, "last_id": some[-1]["id"] if some else None}
    return JSONResponse({"object": "list", "data": some, **ends, "has_more": start + limit < len(newest)})
