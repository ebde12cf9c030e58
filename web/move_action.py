"""The action `move`: photos into another folder, under other names, or both; and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.jobs.actions import SLICE, SliceResult, each_photo, refuse_others
from ingest.context import IngestContext
from ingest.facts.sidecar_names import split_extension, split_folder
from ingest.move import in_folder, move_back, move_to
from shared.access.roles import Role
from shared.errors import BadRequest
from shared.photo import Photo
from shared.stores.audit import AuditAction
from shared.stores.jobs import Job
from web.parameters import parse_upload_path

NAME, DATE, NUMBER = "{name}", "{date}", "{number}"


@dataclass(frozen=True)
class MoveAction:
    """
    Moves photos into a `folder`, and names them by a pattern, `name`; either may be left out.

    The number in a pattern is that of the photo in its job, so that a slice that is done twice gives the same names.
    """

    context: Callable[[], IngestContext]
    name: str = "move"
    role: Role = Role.EDITOR
    audited: AuditAction = "moved"
    undoable: bool = True
    slice_size: int = SLICE
    follows_moves: bool = False

    async def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """`folder`, where ``""`` is the top, and `name`; BadRequest says what is wrong with them."""
        refuse_others(self.name, parameters, frozenset({"folder", "name"}))
        folder, name = parameters.get("folder"), parameters.get("name")
        if not isinstance(folder, str) and (folder is not None or name is None):
            raise BadRequest(
                'name the folder to move the photos into, such as "2024/rome"; "" is the top', param="folder"
            )
        if name is not None:
            _check_pattern(name)
        _check_path(in_folder(folder or "", "a.jpg"), param="folder")
        return {key: value for key, value in {"folder": folder, "name": name}.items() if value is not None}

    async def work(self, ids: Sequence[str], job: Job) -> SliceResult:
        """Move these photos."""
        numbers = {id_: number for number, id_ in enumerate(ids, job.position + 1)}
        return await each_photo(ids, lambda id_: self._move(id_, numbers[id_], job))

    async def undo(self, ids: Sequence[str], job: Job, by: str) -> SliceResult:
        """Move them back."""
        return await each_photo(ids, lambda id_: move_back(id_, self.context(), since=job.created_at, by=by))

    async def finish(self, job: Job) -> dict[str, Any]:
        """Nothing is left behind."""
        return {}

    async def _move(self, id_: str, number: int, job: Job) -> bool:
        folder, pattern = job.parameters.get("folder"), job.parameters.get("name")
        photo = await self._photo(id_) if pattern and DATE in pattern else None

        def new_path_of(path: str) -> str:
            old_folder, name = split_folder(path)
            if pattern:
                name = named(name, pattern, number=f"{number:0{len(str(job.total))}}", date=day_of(photo))
            return in_folder(old_folder.rstrip("/") if folder is None else folder, name)

        return await move_to(id_, new_path_of, self.context(), by=job.created_by)

    async def _photo(self, id_: str) -> Photo | None:
        """The photo, also where an earlier try of this slice has moved it."""
        context = self.context()
        if photo := await context.index.get(id_):
            return photo
        steps = await context.moves.steps(id_)
        return await context.index.get(steps[-1].new_id) if steps else None


def named(name: str, pattern: str, *, number: str, date: str) -> str:
    """The name of a file by a pattern, with the extension that it has."""
    stem, extension = split_extension(name)
    if DATE in pattern and not date:
        raise BadRequest("nobody knows when the photo was taken, and the pattern has its {date}", param="name")
    end = name[-len(extension) - 1 :] if extension else ""  # in the case that it has
    return pattern.replace(DATE, date).replace(NUMBER, number).replace(NAME, stem) + end


def day_of(photo: Photo | None) -> str:
    """When a photo was taken, as far as that is known."""
    return (photo.taken_local or "")[: {"year": 4, "month": 7}.get(photo.taken_precision or "", 10)] if photo else ""


def _check_pattern(pattern: Any) -> None:
    if not isinstance(pattern, str) or not pattern.strip() or "/" in pattern:
        raise BadRequest("name must be a pattern such as {date} {name}, without slashes", param="name")
    if not any(each in pattern for each in (NAME, NUMBER)):
        raise BadRequest("with this pattern all photos would have one name: use {name} or {number} in it", param="name")
    rest = pattern.replace(NAME, "a").replace(NUMBER, "1").replace(DATE, "2024-05-31")
    if "{" in rest or "}" in rest:
        raise BadRequest("a pattern may have {name}, {date} and {number}, and no other braces", param="name")
    _check_path(f"{rest}.jpg", param="name")


def _check_path(path: str, *, param: str) -> None:
    try:
        parse_upload_path(path)
    except BadRequest as error:
        raise BadRequest(str(error), param=param) from error
