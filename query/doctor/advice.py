"""What to do about an error of a service, in the names of our settings and of Azure's roles."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure.core.exceptions import ClientAuthenticationError

from shared.errors import Outage, SettingsError


@dataclass(frozen=True)
class ServiceAccess:
    """How the app gets into a service: the settings with its address and key, and the role that an identity needs."""

    address: str
    key: str
    has_key: bool
    role: str
    wrong_key: str  # what a key may be that is refused, besides wrong
    quota: str

    @property
    def unreachable(self) -> str:
        return f"check {self.address}, that the service runs, and its firewall"


def advise(error: BaseException, access: ServiceAccess) -> str:
    """What to do about it; "" if the error says so itself, or does not tell."""
    status = status_of(error)
    if isinstance(error, SettingsError):
        return ""
    if status in {401, 403}:
        return _advise_on_rights(access)
    if status == 429:
        return access.quota
    if status == 404 and isinstance(error, Outage):
        ending = "/openai/v1" if access.address == "OPENAI_BASE_URL" else "/models"
        return (
            f"check the model's name (on Azure, that of its deployment, not of the model) and {access.address}, "
            f"which on Azure ends in {ending}"
        )
    if status is None and any(isinstance(each, ClientAuthenticationError) for each in _chain(error)):
        return f"there is no identity to use: sign in with az login, give the app an identity, or set {access.key}"
    return access.unreachable if isinstance(error, Outage) else ""


def _advise_on_rights(access: ServiceAccess) -> str:
    if access.has_key:
        return f"check {access.key}: {access.wrong_key}"
    return f"give the app's identity the role {access.role}; a new role takes minutes to work"


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind an error, if a service answered at all."""
    statuses = (getattr(each, "status_code", None) for each in _chain(error))
    return next((each for each in statuses if isinstance(each, int)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those it came from."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
