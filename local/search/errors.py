"""
Every refusal, with the answer the real service gives:

    SearchServiceError(status, message)
      BadRequestError              400  the request is wrong, and the message says where
        InvalidParameterError      400  ... with code InvalidRequestParameter
        OperationNotAllowedError   400  ... with code OperationNotAllowed
        ResourceNameInUseError     400  ... with code ResourceNameAlreadyInUse
      UnauthorizedError            401  no key at all
      ForbiddenError               403  a wrong key, or a query key where an admin key is needed
      ResourceNotFoundError        404
      PreconditionFailedError      412  If-Match or If-None-Match did not hold
      RequestTooLargeError         413  a body over 16 MB
      UnsupportedFeatureError      501  the real service does this, the stand-in does not
"""

from typing import Any, Self


class SearchServiceError(Exception):
    """An error response: its `status` and the documented JSON body."""

    status = 500
    code = ""

    def __init__(self, message: str, *, detail_code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail_code = detail_code

    def body(self) -> dict[str, Any]:
        """Return `{"error": {"code", "message", "details"?}}`."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail_code:
            error["details"] = [{"code": self.detail_code, "message": self.message}]
        return {"error": error}


class BadRequestError(SearchServiceError):
    status = 400

    @classmethod
    def for_parameter(cls, message: str, parameter: str) -> Self:
        """Return an error that names the request parameter it is about, spelled as the service does."""
        return cls(f"{message}\r\nParameter name: {parameter}")


class InvalidParameterError(BadRequestError):
    code = "InvalidRequestParameter"

    @classmethod
    def in_definition(cls, message: str) -> Self:
        """Return an error about an index definition."""
        return cls(f"The request is invalid. Details: definition : {message}")


class OperationNotAllowedError(BadRequestError):
    code = "OperationNotAllowed"


class ResourceNameInUseError(BadRequestError):
    code = "ResourceNameAlreadyInUse"


class UnauthorizedError(SearchServiceError):
    status = 401


class ForbiddenError(SearchServiceError):
    status = 403


class ResourceNotFoundError(SearchServiceError):
    status = 404


class PreconditionFailedError(SearchServiceError):
    status = 412

    def __init__(self) -> None:
        super().__init__(
            "The precondition given in one of the request headers evaluated to false. "
            "No change was made to the resource from this request."
        )


class RequestTooLargeError(SearchServiceError):
    status = 413


class UnsupportedFeatureError(SearchServiceError):
    status = 501
    code = "NotImplemented"

    def __init__(self, feature: str) -> None:
        super().__init__(f"The search stand-in does not implement {feature}.")
