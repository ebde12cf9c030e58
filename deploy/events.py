"""
The subscription that brings new blobs to the app: infra/events.bicep, deployed after the code.

Event Grid asks the function first whether it wants them. That handshake times out now and then, so it is tried again
(MicrosoftDocs/azure-docs#107285, Azure/azure-functions-host#6402).
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from deploy.arm import ResourceGroup, describe_error
from deploy.bicep import compile_template
from deploy.errors import DeployError, NotYet
from deploy.patience import Patience
from shared.azd_environment import AzdEnvironment

EVENTS = Path(__file__).parent.parent / "infra" / "events.bicep"
SUBSCRIPTION = "photo-arrived"
SYSTEM_KEY = "blobs_extension"
RUNNING = {"Accepted", "Created", "Creating", "Deleting", "Running", "Updating", "Ready"}
# What a deployment fails with that a second one may not.
PASSING = (
    "handshake failed",
    "attempt to validate the provided endpoint",
    "url validation",
    "timed out",
    "timeout",
    "internal error",
    "internalservererror",
    "authorizationfailed",
    "anotheroperationinprogress",
    "another operation",
)

Change = Literal["made", "renewed", "unchanged"]


@dataclass(frozen=True)
class EventSubscription:
    """The subscription of one app; `key` is the system key with which Event Grid calls its webhook."""

    group: ResourceGroup
    azd: AzdEnvironment
    key: str
    patience: Patience

    def ensure(self) -> Change:
        """Make it, unless it is there already and is what the template says with this key."""
        present = self._read()
        if present and self._is_current(present):
            return "unchanged"
        if present and not self._has_key(present):
            self._delete()  # where events are sent to cannot be changed
        template = compile_template(EVENTS)
        self.patience.wait_for("Event Grid", lambda: self._deploy(template), advice="see docs/troubleshooting.md")
        return "renewed" if present else "made"

    def _deploy(self, template: dict[str, Any]) -> None:
        """Deploy once; NotYet where another try may do."""
        parameters = {
            "topicName": self.azd["AZURE_EVENT_TOPIC_NAME"],
            "functionName": self.azd["AZURE_FUNCTION_NAME"],
            "photoContainer": self.azd["PHOTO_CONTAINER"],
            "blobsExtensionKey": self.key,
        }
        self.group.deploy(self._deployment, template, parameters)
        state = self.patience.wait_for("the deployment of events", self._finished)
        if state["provisioningState"] == "Succeeded":
            return
        reason = describe_error(state)
        passing = any(each in reason.lower() for each in PASSING)
        raise (NotYet if passing else DeployError)(f"the deployment of events failed: {reason}")

    def _finished(self) -> dict[str, Any]:
        state = self.group.deployment(self._deployment)
        if not state or state["provisioningState"] in RUNNING:
            raise NotYet("it is running")
        return state

    def _read(self) -> dict[str, Any] | None:
        return self.group.subscription(self.azd["AZURE_EVENT_TOPIC_NAME"], SUBSCRIPTION)

    def _delete(self) -> None:
        self.group.delete_subscription(self.azd["AZURE_EVENT_TOPIC_NAME"], SUBSCRIPTION)
        self.patience.wait_for("the old subscription to go", self._gone)

    def _gone(self) -> None:
        if self._read():
            raise NotYet("it is being deleted")

    def _is_current(self, present: dict[str, Any]) -> bool:
        """Whether it works, has our key, and comes from the template as it is now."""
        works = present["properties"]["provisioningState"] == "Succeeded"
        deployment = self.group.deployment(self._deployment)
        return works and self._has_key(present) and deployment.get("provisioningState") == "Succeeded"

    def _has_key(self, present: dict[str, Any]) -> bool:
        return parse_qs(urlsplit(present["endpointUrl"]).query).get("code") == [self.key]

    @property
    def _deployment(self) -> str:
        """The name of the deployment, by what the template says: another template is another deployment."""
        return f"photo-events-{sha256(EVENTS.read_bytes()).hexdigest()[:10]}"


def read_system_key(group: ResourceGroup, app: str) -> str:
    """The key with which Event Grid calls the app; NotYet until the host has made it."""
    key = (group.host_keys(app).get("systemKeys") or {}).get(SYSTEM_KEY)
    if not key:
        raise NotYet(f"the host has no system key {SYSTEM_KEY} yet: it makes one when it starts with the code")
    return str(key)
