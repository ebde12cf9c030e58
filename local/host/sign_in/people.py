"""
Who can sign in, from a file:

    {"people": [{"id": ..., "name": ..., "email": ..., "roles": [...], "groups": [...]}],
     "apps":   [{"id": ..., "name": ..., "roles": [...]}]}

Roles are app roles, and groups are ids. Apps get tokens, and are not on the page.
"""

from pathlib import Path

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


class People(BaseModel):
    """Everybody, as far as this machine is concerned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[Account, ...]
    apps: tuple[Account, ...] = ()

    def find(self, id_: str) -> Account | None:
        """The person or app with this id."""
        return next((each for each in (*self.people, *self.apps) if each.id == id_), None)


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
    ids = [each.id for each in (*people.people, *people.apps)]
    if double := next((each for each in ids if ids.count(each) > 1), None):
        raise HostStartupError(f"The people in {file} cannot be read: two of them have the id {double!r}.")
    return people
