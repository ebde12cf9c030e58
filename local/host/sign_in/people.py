"""
Who can sign in, from a file:

    {"people":  [{"id": ..., "name": ..., "email": ..., "roles": [...], "groups": [...]}],
     "apps":    [{"id": ..., "name": ..., "roles": [...]}],
     "clients": [{"id": ..., "name": ..., "redirect_uris": [...], "secret": ...}]}

Roles are app roles, and groups are ids. Apps get tokens, and are not on the page. Clients get tokens for people, who
are sent back to one of their addresses; one without a secret is a public client.
"""

from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.host.errors import HostStartupError


class Account(BaseModel):
    """A person, or an app that acts for itself and has no `email`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^\S{1,100}$")
    name: str = Field(min_length=1)
    email: str = ""
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class RegisteredClient(BaseModel):
    """An application that people let act for them. Nobody registers one by a request: Entra ID offers no such thing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^\S{1,100}$")
    name: str = Field(min_length=1)
    redirect_uris: tuple[str, ...] = Field(min_length=1)
    secret: str = ""

    def takes_back_to(self, address: str) -> bool:
        """Whether people may be sent to this address. The port of localhost is free, as programs choose theirs late."""
        return any(_comparable(each) == _comparable(address) for each in self.redirect_uris)


class People(BaseModel):
    """Everybody, as far as this machine is concerned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[Account, ...]
    apps: tuple[Account, ...] = ()
    clients: tuple[RegisteredClient, ...] = ()

    def find(self, id_: str) -> Account | None:
        """The person or app with this id."""
        return next((each for each in (*self.people, *self.apps) if each.id == id_), None)

    def person(self, id_: str) -> Account | None:
        """The person with this id, who can choose to be that on a page."""
        return next((each for each in self.people if each.id == id_ and each.email), None)

    def client(self, id_: str) -> RegisteredClient | None:
        """The client with this id."""
        return next((each for each in self.clients if each.id == id_), None)


def read_people(file: Path) -> People:
    """What the file says now; HostStartupError says what is wrong with it."""
    try:
        people = People.model_validate_json(file.read_bytes())
    except OSError as error:
        raise HostStartupError(f"The people in {file} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        raise HostStartupError(f"The people in {file} cannot be read: {place}: {fault['msg']}.") from None
    ids = [*(each.id for each in (*people.people, *people.apps)), *(each.id for each in people.clients)]
    if double := next((each for each in ids if ids.count(each) > 1), None):
        raise HostStartupError(f"The people in {file} cannot be read: two of them have the id {double!r}.")
    return people


def _comparable(address: str) -> SplitResult | str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    is_loopback = (parts.scheme, parts.hostname) == ("http", "localhost") and "@" not in parts.netloc
    return parts._replace(netloc="localhost") if is_loopback else address
