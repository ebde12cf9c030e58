"""The deployed app, as its own clients see it."""

from typing import Any
from urllib.parse import quote

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest

from deploy.errors import DeployError, NotYet

TIMEOUT = 240  # seconds; the front end cuts an answer off after 230


class AppClient:
    """
    Asks one app over HTTP; `key` is what its clients send, and empty to ask for its health alone.

    It goes where both modes of HTTP_AUTH look for it.
    """

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        self._headers = {"x-functions-key": key} if key else {}
        retries = RetryPolicy(retry_total=2 if key else 0)  # its health is asked again and again anyway
        self._client: PipelineClient[Any, Any] = PipelineClient(self.url, policies=[retries])

    def check_health(self) -> None:
        """NotYet until it answers and all that it needs is there."""
        try:
            status, body = self._send("GET", "/api/health")
        except DeployError as error:
            raise NotYet(str(error)) from error
        if status != 200:
            raise NotYet(f"/api/health answers {status}{_reason(body)}")

    def count_photos(self) -> int:
        """All photos in the container, in whatever state."""
        body = self._ask("GET", "/api/status")
        return int(body["indexed"] + body["waiting"] + body["retrying"] + body["failed"])

    def has_original(self, path: str) -> bool:
        status, body = self._send("GET", f"/api/originals/{quote(path)}")
        if status not in {200, 404}:
            raise DeployError(f"the app refused /api/originals ({status}){_reason(body)}")
        return status == 200

    def upload(self, path: str, data: bytes) -> bool:
        """Upload a photo unless there is one at this path; whether there was none."""
        status, body = self._send("PUT", f"/api/photos/{quote(path)}", content=data, headers={"If-None-Match": "*"})
        if status not in {201, 412}:
            raise DeployError(f"the app refused {path} ({status}){_reason(body)}")
        return status == 201

    def check_searchable(self, path: str, photo_id: str) -> None:
        """NotYet until a photo is searchable; DeployError where the app gave it up."""
        status, body = self._send("GET", f"/api/photos/{photo_id}")
        if status == 200:
            return
        failures = self._ask("GET", "/api/failures?state=failed&top=1000")["failures"]
        for failure in failures:
            if failure["path"] == path:
                raise DeployError(f"{path} cannot be described: {failure['reason']}")
        raise NotYet(f"{path} is not searchable yet{'' if status == 404 else _reason(body)}")

    def ask(self, question: str) -> tuple[str, int]:
        """The answer to a question, and how many photos it cites."""
        body = self._ask("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": question}]})
        message = body["choices"][0]["message"]
        return str(message["content"]), len(message.get("context", {}).get("citations", ()))

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        status, answer = self._send(method, path, json=body)
        if status != 200:
            raise DeployError(f"the app refused {path.partition('?')[0]} ({status}){_reason(answer)}")
        return answer

    def _send(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = self._headers | options.pop("headers", {})
        request = HttpRequest(method, self.url + path, headers=headers, **options)
        try:
            response = self._client.send_request(request, connection_timeout=30, read_timeout=TIMEOUT)
            return response.status_code, response.json() if response.content else {}
        except ValueError:
            return response.status_code, {}
        except AzureError as error:
            reason = str(error).partition("\n")[0]
            raise DeployError(f"{self.url} does not answer: {reason}") from error


def _reason(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return f": {error['message']}" if isinstance(error, dict) and error.get("message") else ""
