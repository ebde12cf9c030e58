"""
Describes photos by another model beside the descriptions that they have, until these are accepted or rejected.

A new description is kept by the bytes and its recipe, as all are, so the page shows both side by side, nothing is paid
for twice, and whoever is stopped goes on where they were. No document changes: searches, and what people wrote, stay.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ingest.caption_once import FOR_ALL_SUFFIX, earlier_descriptions
from ingest.companions import read_sidecars, with_companions
from ingest.context import IngestContext
from ingest.describe import Description
from ingest.image import sha256_hex
from ingest.new_document import describe_file
from ingest.original_bytes import read_bytes
from ingest.preparation import prepare_within_budget
from ingest.recaption import stale_filter
from shared.catalogue.in_force import definitions_version
from shared.errors import BadRequest, Paused, PhotoError, SettingsError, Transient
from shared.log_text import error_label, photo_label
from shared.photo import Photo
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

WORKERS = 8  # photos in progress at once
PATIENCE = (5.0, 15.0, 60.0)  # seconds between tries of one photo


@dataclass
class TrialReport:
    """Photos described now, and earlier; those whose file has changed or gone; and why others failed, by path."""

    described: int = 0
    kept: int = 0
    changed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    error: PhotoError | SettingsError | None = None

    @property
    def count(self) -> int:
        return self.described + self.kept + self.changed + len(self.failed)


def trial_context(context: IngestContext, model: str) -> IngestContext:
    """The context in which this model describes photos."""
    return replace(context, models=context.models.captioned_by(model))


async def describe_beside(photo: Photo, trial: IngestContext) -> tuple[Description | None, bool]:
    """
    The trial's description of an indexed photo, and whether it was kept already; None if its file has changed.

    Paused where the day's captions are used up.
    """
    if kept := await _kept(photo, trial):
        return kept, True
    info = await trial.storage.stat(photo.path)
    if info is None or info.etag != photo.etag:
        return None, False
    original = await with_companions(info, trial)
    async with trial.read_memory.acquire(original.bytes_to_read):
        data = await read_bytes(original, trial)
        if data is None:
            return None, False
        digest = await asyncio.to_thread(sha256_hex, data)
        sidecars = await read_sidecars(original, trial)
        image = await prepare_within_budget(data, original.name, trial, sidecars=sidecars)
    return await describe_file(original, digest, image, trial)


async def describe_all(trial: IngestContext, *, progress: Callable[[str], None]) -> TrialReport:
    """
    Describe every photo that the trial has not described, a few at a time.

    The first error that says nothing about its photo ends it, once the photos in progress are done, and is raised.
    """
    report = TrialReport()
    entries, lock = trial.index.walk(stale_filter(trial)), asyncio.Lock()

    async def work() -> None:
        while report.error is None:
            async with lock:  # a generator serves one at a time
                entry = await anext(entries, None)
            if entry is None:
                return
            await _describe_one(entry.id, trial, report)
            progress(f"{report.count:,} photos, {report.described:,} of them described now")

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    if report.error:
        raise report.error
    return report


async def _describe_one(id_: str, trial: IngestContext, report: TrialReport) -> None:
    photo = await trial.index.get(id_)
    if photo is None:
        return
    try:
        description, was_kept = await _patiently(photo, trial)
    except SettingsError as error:
        report.error = error
    except Transient as error:
        if error.uses_attempt:
            report.failed[photo.path] = str(error)
        else:
            report.error = error
    except PhotoError as error:
        log.info("not described by the other model: %s", photo_label(photo.path))
        report.failed[photo.path] = str(error)
    else:
        report.described += description is not None and not was_kept
        report.kept += was_kept
        report.changed += description is None


async def _patiently(photo: Photo, trial: IngestContext) -> tuple[Description | None, bool]:
    """Describe it, after a while again where a service is busy; not where the day's captions are used up."""
    for wait in PATIENCE:
        try:
            return await describe_beside(photo, trial)
        except Paused:
            raise
        except Transient as error:
            await asyncio.sleep(max(wait, min(error.wait or 0, PATIENCE[-1])))
    return await describe_beside(photo, trial)


async def sample(trial: IngestContext, count: int) -> list[tuple[Photo, Description]]:
    """So many photos from all over the library, each with the trial's description; those that fail are left out."""
    found: list[tuple[Photo, Description]] = []
    async for entry in trial.index.walk(stale_filter(trial)):  # in the order of ids, which are hashes
        photo = await trial.index.get(entry.id)
        try:
            description, _ = await describe_beside(photo, trial) if photo else (None, False)
        except Transient:
            raise
        except PhotoError as error:
            log.warning("not in the sample, as it cannot be described: %s", error_label(error))
            continue
        if photo and description:
            found.append((photo, description))
        if len(found) >= count:
            break
    return found


async def accept(context: IngestContext, model: str) -> tuple[int, int]:
    """
    Queue all photos that the model has described, which costs nothing; return how many, and how many lack that.

    BadRequest unless the app describes by this model already: else it would go on with the other one.
    """
    if context.models.caption_model != model:
        raise BadRequest(
            f"CAPTION_MODEL is {context.models.caption_model}: set it to {model} for all instances, then accept"
        )
    queued = lacking = 0
    async for entry in context.index.walk(stale_filter(context)):
        photo = await context.index.get(entry.id)
        if photo and await _kept(photo, context):
            await context.tickets.send(Ticket(entry.path, definitions=definitions_version()))
            queued += 1
        else:
            lacking += photo is not None
    return queued, lacking


async def reject(context: IngestContext, model: str) -> int:
    """Delete what the model has described and no photo uses; return how many descriptions that were."""
    if context.models.caption_model == model:
        raise BadRequest(f"CAPTION_MODEL is {model}: set it to the model that is to describe photos, then reject")
    recipe = trial_context(context, model).recipe
    used: set[str] = set()
    async for entry in context.index.walk(f"recipe eq '{recipe}'"):
        photo = await context.index.get(entry.id)
        if photo and photo.recipe == recipe:
            used.add(photo.digest)
    names = {f"{recipe}.json", f"{recipe}{FOR_ALL_SUFFIX}.json"}
    found = [each async for each in context.descriptions.all() if each.name.rpartition("/")[2] in names]
    for each in (rejected := [each for each in found if each.digest not in used]):
        await context.descriptions.delete(each.name)
    return len(rejected)


async def _kept(photo: Photo, context: IngestContext) -> Description | None:
    """What is kept of a photo's bytes by the recipe of this context, if it may be used for the photo."""
    versions = await earlier_descriptions(photo, context)
    return next((each.description for each in versions if each.recipe == context.recipe), None)
