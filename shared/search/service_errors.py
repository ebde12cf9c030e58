"""What errors of the search service mean to us, where their status alone does not tell."""

import re

from azure.core.exceptions import HttpResponseError

from shared.errors import BadPhoto, BadRequest, PhotoError, Throttled, Transient

SERVICE = "Azure AI Search"
TOO_LARGE = "the description and metadata of this photo are more than the index can hold in one document"

# All our fields are in the index we make, so a field is unknown only if somebody made the index anew without it.
UNKNOWN_FIELD = re.compile(r"The property '\w+' does not exist on type|Could not find a property named '\w+'")


def document_error(status: int, reason: str) -> PhotoError:
    """What the status of one document in the answer to a write means; with 422 the index is being changed."""
    message = f"{SERVICE} answered {status} for the document: {reason}"
    if status == 413:
        return BadPhoto(TOO_LARGE)
    if status == 429:
        return Throttled(message)
    return Transient(message) if status >= 500 or status in {408, 409, 422} else BadRequest(message)


def is_unknown_field(error: HttpResponseError) -> bool:
    """Whether the index lacks a field."""
    return error.status_code == 400 and UNKNOWN_FIELD.search(str(error.message)) is not None


def is_ranker_unavailable(error: HttpResponseError) -> bool:
    """Whether the service has no semantic ranker, or its quota is used up."""
    message = str(error.message).lower()
    return error.status_code in {400, 402, 403, 429} and ("semantic" in message or error.status_code == 402)
