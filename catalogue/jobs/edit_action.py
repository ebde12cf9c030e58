"""The action `edit`: writes the same into the fields of many photos, or adds to their lists and removes from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.context import EditingContext
from catalogue.editing import PlaceOf, edit_recorded, undo
from catalogue.jobs.actions import PhotoAction
from catalogue.patch import MOST_NAMES, parse_patch
from shared.access.roles import Role
from shared.edits import Change
from shared.errors import BadRequest
from shared.photo import Photo
from shared.stores.jobs import Job

LISTS = ("tags", "keywords", "creators", "persons")
Values = Callable[[Photo], Mapping[str, Any]]
PARAMETERS = frozenset({"patch", "add", "remove"})


@dataclass(frozen=True)
class PhotoEditing:
    """
    Edits photos for jobs; the context is made when it is first needed.

    `place_of` gives the city, state and country of a new location.
    """

    context: Callable[[], EditingContext]
    place_of: PlaceOf

    @property
    def action(self) -> PhotoAction:
        return PhotoAction(
            "edit", Role.EDITOR, "edited", self.change, self.take_back, names=PARAMETERS, checked=check_edit
        )

    async def change(self, id_: str, job: Job) -> bool:
        """Edit one photo; a job writes it once, and says so however often it is asked."""
        parameters = job.parameters

        def values(photo: Photo) -> dict[str, Any]:
            return new_values(photo, **parameters)

        location = parameters["patch"].get("location")
        return await self.write(id_, values, job, place=await self.place_of(location) if location else None)

    async def write(self, id_: str, values: Values, job: Job, *, place: Mapping[str, str] | None = None) -> bool:
        """Write into a photo what its values make necessary; whether the job has done so, now or before."""
        _, edits = await edit_recorded(id_, values, by=job.created_by, context=self.context(), place=place, job=job.id)
        return edits.change_of(job.id) is not None

    async def take_back(self, id_: str, job: Job, by: str) -> bool:
        """Undo what a job wrote into one photo; PreconditionFailed where somebody has changed it since."""
        change = await self._change_of(id_, job)
        if change is None:
            return False
        if change.undone_at:  # whoever undid it may have died before the document followed
            await self.context().documents.follow(id_)
            return False
        await undo(id_, change.number, by=by, context=self.context())
        return True

    async def _change_of(self, id_: str, job: Job) -> Change | None:
        return (await self.context().edits.read(id_)).change_of(job.id)


async def check_edit(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, checked: `patch`, `add` and `remove`; BadRequest names what is wrong."""
    patch = parse_patch(parameters.get("patch", {}))
    add, remove = (_parse_lists(name, parameters.get(name, {})) for name in ("add", "remove"))
    if not (patch or add or remove):
        raise BadRequest("an edit changes nothing: say in patch, add or remove what to write", param="patch")
    for name in patch.keys() & (add.keys() | remove.keys()):
        raise BadRequest(f"{name} is in patch, which replaces it, and in add or remove as well", param=name)
    return {"patch": patch, "add": add, "remove": remove}


def _parse_lists(parameter: str, value: Any) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise BadRequest(f"{parameter} must be an object of lists, such as {{'tags': ['sea']}}", param=parameter)
    for name, each in value.items():
        if name not in LISTS:
            raise BadRequest(
                f"{parameter} takes lists, which are {', '.join(LISTS)}, and not {name}", param=f"{parameter}.{name}"
            )
        if not isinstance(each, list):
            raise BadRequest(f"{parameter}.{name} must be a list", param=f"{parameter}.{name}")
    return parse_patch(value)


def new_values(
    photo: Photo,
    patch: Mapping[str, Any],
    add: Mapping[str, Sequence[str]],
    remove: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """
    What is to be written into a photo; nothing into a list that has all it should and none that it should not.

    BadRequest where a list would become longer than a patch may make it.
    """
    values = dict(patch)
    for name in {**add, **remove}:
        current: list[str] = getattr(photo, name)
        rest = [each for each in current if each not in remove.get(name, ())]
        wanted = list(dict.fromkeys([*rest, *add.get(name, ())]))
        if wanted == current:
            continue
        if len(wanted) > MOST_NAMES:
            raise BadRequest(f"the photo would have {len(wanted)} {name}, and may have {MOST_NAMES}", param=name)
        values[name] = wanted
    return values
