"""The errors of the API, in OpenAI's format."""

from collections.abc import Mapping


class ApiError(Exception):
    """An HTTP error response: `status`, and the fields of OpenAI's `error` object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        error_type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        whole_body: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.error_type = error_type
        self.code = code
        self.param = param
        self.headers = dict(headers or {})
        self.whole_body = whole_body  # where a server has a form of its own

    def body(self) -> dict[str, object]:
        """The JSON body of the response."""
        if self.whole_body is not None:
            return self.whole_body
        return {"error": {"message": self.message, "type": self.error_type, "param": self.param, "code": self.code}}


def invalid_request(message: str, param: str | None, code: str | None = None) -> ApiError:
    """A 400 that names the field that is wrong."""
    return ApiError(400, message, param=param, code=code)


def unknown_model(model: str) -> ApiError:
    """The 404 that OpenAI gives for a model name it does not have."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found", param="model")


def rate_limited(retry_after: float) -> ApiError:
    """A 429 with Retry-After in whole seconds, as the header requires, and the exact time in milliseconds."""
    headers = {"retry-after": str(max(0, round(retry_after))), "retry-after-ms": str(round(retry_after * 1000))}
    message = f"Rate limit reached for requests. Please try again in {retry_after:g}s."
    return ApiError(429, message, error_type="requests", code="rate_limit_exceeded", headers=headers)


def server_error(status: int) -> ApiError:
    """500 or 503 in the words OpenAI uses."""
    if status == 503:
        message = "The server is currently overloaded with other requests. Please try again later."
        return ApiError(503, message, error_type="service_unavailable", code="overloaded")
    return ApiError(status, "The server had an error while processing your request.", error_type="server_error")


def content_filtered() -> ApiError:
    """The 400 that Azure OpenAI gives when its filter stops a prompt."""
    message = "The response was filtered due to the prompt triggering the content management policy."
    return ApiError(400, message, code="content_filter", param="prompt")


def context_too_long() -> ApiError:
    """The 400 for a prompt that is too long for the model."""
    message = "This model's maximum context length is 128000 tokens. Please reduce the length of the messages."
    return ApiError(400, message, code="context_length_exceeded", param="messages")
