"""
What is left to do once the code is in Azure, and whether all of it works:

    health -> system key -> events -> sign-in -> doctor -> samples -> question -> cost

Azd runs this after every deployment. What is there already is left alone, so a second run changes nothing; it uploads
nothing, describes nothing, and costs what the doctor costs. Behind private endpoints (VNET_ENABLED) only the app and
Azure's resource manager are asked, as nothing else answers from here.
"""

import logging
import sys
from dataclasses import dataclass, field
from itertools import count

from deploy import cost
from deploy.app_client import AppClient
from deploy.arm import Azure, ResourceGroup
from deploy.doctor import PATIENCE as DOCTOR_PATIENCE, run_doctor
from deploy.errors import DeployError, NotYet, Unreachable
from deploy.events import EventSubscription, read_system_key
from deploy.graph import GraphEndpoints
from deploy.management_endpoints import ManagementEndpoints, find_endpoints
from deploy.patience import Patience
from deploy.samples import upload_samples
from deploy.sign_in import connected
from query.doctor.report import to_table
from shared.azd_environment import AzdEnvironment, read_azd_environment
from shared.errors import PhotoError, SettingsError

SECRETS_EVERY = 6  # tries: about two minutes, in which a new role works for most
QUESTION = "What do these photos show?"
SKIPPED = (
    "skipped: the doctor's checks of models, search, storage and queues, as they are behind private endpoints; "
    "run python -m query doctor --azd from inside the network"
)


@dataclass
class PostDeploy:
    """One run on one azd environment."""

    azd: AzdEnvironment
    cloud: ManagementEndpoints
    patience: Patience = field(default_factory=Patience)
    doctor_patience: Patience = DOCTOR_PATIENCE
    graph: GraphEndpoints | None = None  # that of AZURE_CLOUD

    def run(self) -> None:
        """Do all of it, and say what was done. Raises DeployError, or SettingsError where a value is missing."""
        app = AppClient(self.azd["SERVICE_API_URI"])
        azure = Azure(self.cloud, tenant=self.azd.values.get("AZURE_TENANT_ID", ""))
        try:
            _say(f"waiting until {app.url} is healthy")
            self._wait_for_health(app, azure)
            self._subscribe(azure)
            self._let_people_in(azure)
            self._examine()
            self._fill(azure)
        finally:
            app.close()
            azure.close()
        self._conclude()

    def _wait_for_health(self, app: AppClient, azure: Azure) -> None:
        tries = count(1)

        def check() -> None:
            try:
                app.check_health()
            except NotYet:
                if next(tries) % SECRETS_EVERY == 0:
                    self._group(azure).refresh_secrets(self.azd["AZURE_FUNCTION_NAME"])
                raise

        self.patience.wait_for("the app", check, advice="see docs/troubleshooting.md")

    def _subscribe(self, azure: Azure) -> None:
        azd, group = self.azd, self._group(azure)
        key = self.patience.wait_for("the host", lambda: read_system_key(group, azd["AZURE_FUNCTION_NAME"]))
        change = EventSubscription(group, azd, key, self.patience).ensure()
        _say(f"events of new photos: {change}")

    def _let_people_in(self, azure: Azure) -> None:
        if self._signs_in:
            with connected(self.azd, azure, self.patience, self.graph) as sign_in:
                _say(sign_in.finish())

    def _examine(self) -> None:
        if self._is_private:
            _say(SKIPPED)
            return
        _say("running the doctor")
        print(to_table(run_doctor(self.azd, self.doctor_patience)), flush=True)

    def _fill(self, azure: Azure) -> None:
        """Upload the samples and ask about them, where the library is empty."""
        if self.azd.values.get("SAMPLES") == "0":
            _say("no samples: SAMPLES is 0")
            return
        if self.azd.values.get("AZURE_SIGN_IN_CLIENT_ID") and not self._signs_in:
            _say("skipped: samples and a question, as people sign in here: upload some on the page")
            return
        try:
            app = AppClient(self.azd["SERVICE_API_URI"], self._client_key(azure))
        except Unreachable as error:
            _say(f"skipped: samples and a question, as {error}")
            return
        try:
            self._show(app)
        finally:
            app.close()

    def _client_key(self, azure: Azure) -> str:
        """What clients send: the app's own key, or with HTTP_AUTH=function one of the host's."""
        if self.azd.values.get("HTTP_AUTH") == "function":
            return str(self._group(azure).host_keys(self.azd["AZURE_FUNCTION_NAME"])["functionKeys"]["default"])
        vault = self.azd["AZURE_KEY_VAULT_NAME"]
        return self.patience.wait_for("the key vault", lambda: azure.secret(vault, "api-key"))

    def _group(self, azure: Azure) -> ResourceGroup:
        return ResourceGroup(azure.manager, self.azd["AZURE_SUBSCRIPTION_ID"], self.azd["AZURE_RESOURCE_GROUP"])

    def _show(self, app: AppClient) -> None:
        paths = upload_samples(app, self.patience)
        if not paths:
            _say("samples: unchanged")
            return
        _say(f"samples: {len(paths)} uploaded and searchable")
        answer, citations = app.ask(QUESTION)
        _say(f"{QUESTION}\n  {answer.strip()}\n  ({citations} photos cited)")

    def _conclude(self) -> None:
        url, vault = self.azd["SERVICE_API_URI"], self.azd["AZURE_KEY_VAULT_NAME"]
        _say(f"page     {url}/")
        _say(f"OpenAI   {url}/v1")
        _say(
            f"key      secret api-key of the key vault {vault}; more: python -m web keys make NAME --role viewer --azd"
        )
        for line in cost.describe(cost.estimate(self.azd)):
            _say(line)

    @property
    def _signs_in(self) -> bool:
        """Whether people sign in to the app, which takes its own keys beside; else they do so before they reach it."""
        return self.azd.values.get("HTTP_AUTH") == "platform"

    @property
    def _is_private(self) -> bool:
        return self.azd.values.get("VNET_ENABLED", "").lower() == "true"


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run on the azd environment of this folder; 0 if all is well, 1 if something does not work."""
    logging.getLogger("azure").setLevel(logging.CRITICAL)  # what goes wrong is said once, at the end
    try:
        azd = read_azd_environment()
        PostDeploy(azd, find_endpoints(azd.values.get("AZURE_CLOUD") or "AzureCloud")).run()
    except (DeployError, PhotoError, SettingsError) as error:
        print(f"\n{error}\nThe code is deployed; run azd hooks run postdeploy to try again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; run azd hooks run postdeploy to go on", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
