"""Storage that does not answer, said once when it begins and once when it is over."""

import logging

from azure.core.exceptions import AzureError, HttpResponseError

log = logging.getLogger(__name__)

OUTAGES = (AzureError, OSError, TimeoutError)
"""What a request to storage raises when it is worth another try later."""


class Outages:
    """The state of one account's services; `service` is blobs or queues."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._down: set[str] = set()
        self._refusals: set[str] = set()

    def failed(self, service: str, error: BaseException) -> None:
        """A refusal is an answer: it is logged once per text, and ends no outage."""
        text = str(error).strip().split("\n", 1)[0] or type(error).__name__
        if isinstance(error, HttpResponseError) and error.status_code is not None:
            if text not in self._refusals:
                self._refusals.add(text)
                log.error("the %s of storage '%s' refuse a request: %s", service, self._account, text)
        elif service not in self._down:
            self._down.add(service)
            log.warning("the %s of storage '%s' do not answer, waiting: %s", service, self._account, text)

    def answered(self, service: str) -> None:
        if service in self._down:
            self._down.discard(service)
            log.warning("the %s of storage '%s' answer again", service, self._account)
