"""
Everything this service refuses, each with the answer the real one gives:

    SearchError(status, message)
      BadRequest          400  the request is wrong, and says where
        InvalidRequest    400  ... with code InvalidRequestParameter
        OperationRefused  400  ... with code OperationNotAllowed
      Forbidden           403  a wrong key, or a query key where an admin key is needed
      Unauthorized        401  no key at all
      NotFound            404
      PreconditionFailed  412  If-Match or If-None-Match did not hold
      TooLarge            413  a batch over 16 MB
      NotImplementedHere  501  the real service does this, the stand-in does not
"""

from __future__ import annotations

from typing import Any


class SearchError(Exception):
    """An answer that is an error: `status` and the documented JSON body."""

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


class BadRequest(SearchError):
    status = 400

    @classmethod
    def parameter(cls, message: str, parameter: str) -> BadRequest:
        """An error that names the request parameter it is about, as the service spells it."""
        return cls(f"{message}\r\nParameter name: {parameter}")


class InvalidRequest(BadRequest):
    code = "InvalidRequestParameter"

    @classmethod
    def definition(cls, message: str) -> InvalidRequest:
        return cls(f"The request is invalid. Details: definition : {message}")


class OperationRefused(BadRequest):
    code = "OperationNotAllowed"


class AlreadyExists(BadRequest):
    code = "ResourceNameAlreadyInUse"


class Unauthorized(SearchError):
    status = 401


class Forbidden(SearchError):
    status = 403


class NotFound(SearchError):
    status = 404


class PreconditionFailed(SearchError):
    status = 412

    def __init__(self) -> None:
        super().__init__(
            "The precondition given in one of the request headers evaluated to false. "
            "No change was made to the resource from this request."
        )


class TooLarge(SearchError):
    status = 413


class NotImplementedHere(SearchError):
    status = 501
    code = "NotImplemented"

    def __init__(self, what: str) -> None:
        super().__init__(f"The search stand-in does not implement {what}.")
