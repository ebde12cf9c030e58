"""When Event Grid tries a delivery again ("Event Grid message delivery and retry" in Azure's documentation)."""

DELIVERED = frozenset({200, 201, 202, 203, 204})
NEVER_AGAIN = frozenset({400, 401, 403, 413})
"""What a webhook answers to say that it never will: the event is dead-lettered at once, or dropped."""

RESPONSE_TIMEOUT = 30.0
_SCHEDULE = (10, 30, 60, 300, 600, 1800, 3600)
_AT_LEAST = {404: 300, 408: 120, 503: 30}


def seconds_until_retry(attempts: int, status: int | None) -> float:
    """How long to wait after so many attempts, the last of which had this status; None is no answer at all."""
    scheduled = _SCHEDULE[min(attempts, len(_SCHEDULE)) - 1]
    return max(scheduled, _AT_LEAST.get(status or 0, 10))
