"""Storage that does not respond: which errors are worth retrying, and one log line when an outage begins or ends."""

import logging

from azure.core.exceptions import AzureError, HttpResponseError

log = logging.getLogger(__name__)

STORAGE_ERRORS = (AzureError, OSError, TimeoutError)
"""What a request to storage raises when it is worth another try later."""


class StorageAvailability:
    """Whether the services of one account respond; `service` is "blob" or "queue"."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._unavailable: set[str] = set()
        self._logged_refusals: set[str] = set()

    def record_failure(self, service: str, error: BaseException) -> None:
        """Log an outage once; a refusal is a response, so it is logged once per text and isn't an outage."""
        text = str(error).strip().split("\n", 1)[0] or type(error).__name__
        if isinstance(error, HttpResponseError) and error.status_code is not None:
            if text not in self._logged_refusals:
                self._logged_refusals.add(text)
                log.error("the %s service of storage '%s' refused a request: %s", service, self._account, text)
        elif service not in self._unavailable:
            self._unavailable.add(service)
            log.warning("the %s service of storage '%s' does not respond, waiting: %s", service, self._account, text)

    def record_success(self, service: str) -> None:
        if service in self._unavailable:
            self._unavailable.discard(service)
            log.warning("the %s service of storage '%s' responds again", service, self._account)
