"""The doctor, from the machine of who deploys: with their roles, on the services of the azd environment."""

import asyncio
import os

from deploy.errors import DeployError, NotYet
from deploy.patience import Patience
from query.doctor.examination import Examination, QuietServices, examine
from query.doctor.report import to_table
from shared.azd_environment import DEFAULTS, AzdEnvironment
from shared.settings import Settings, load

# Each try asks the models again, for a fraction of a cent.
PATIENCE = Patience(limit=600, pause=60, longest_pause=60)


def run_doctor(azd: AzdEnvironment, patience: Patience = PATIENCE) -> Examination:
    """Examine until all that is needed works, as new roles take minutes to do; DeployError with the report if not."""
    # The sign-in that deployed: that of az may be another one, of another tenant.
    os.environ.setdefault("AZURE_TOKEN_CREDENTIALS", "AzureDeveloperCliCredential")
    settings = load({**DEFAULTS, **azd.values})
    last: list[Examination] = []
    try:
        return patience.wait_for("the doctor", lambda: _examine_once(settings, last))
    except DeployError:
        print(to_table(last[-1]), flush=True)
        raise


def _examine_once(settings: Settings, last: list[Examination]) -> Examination:
    examination = asyncio.run(_examine(settings))
    last[:] = [examination]
    if not examination.is_healthy:
        missing = (f"{each.service}: {each.check}" for each in examination.findings if each.state == "missing")
        raise NotYet(f"missing are {', '.join(missing)}")
    return examination


async def _examine(settings: Settings) -> Examination:
    clients = QuietServices(settings)
    try:
        return await examine(clients)
    finally:
        await clients.close()
