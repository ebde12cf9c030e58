"""Pays for a description only once for the same bytes, by one worker at a time, and within the day's budget."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import ValidationError

from ingest.context import IngestContext
from ingest.describe import Description, describe
from shared.access.in_force import rules_in_force
from shared.errors import Claimed, Paused, PhotoError
from shared.log_text import error_label
from shared.photo import Photo, photo_id
from shared.prompt_text import NOTHING, PromptText
from shared.stores.spending import until_tomorrow

log = logging.getLogger(__name__)

TOLD_PATH = "path"  # what a description is kept with
FOR_ALL_SUFFIX = "-for-all"  # the end of the recipe of one that tells nothing of a path
MAX_CLAIMS = 40  # tries, a second apart, while another worker makes the description; then the photo is queued again


@dataclass(frozen=True)
class KeptVersion:
    """A description, the recipe that made it, and when."""

    recipe: str
    at: str
    description: Description


async def caption_once(
    digest: str,
    preview: bytes,
    hints: PromptText,
    context: IngestContext,
    *,
    path: str = "",
    hints_for_all: PromptText = NOTHING,
) -> tuple[Description, bool]:
    """
    The description of these bytes, and whether it was paid for earlier; a new one is stored at once.

    One that was made with the hints of a photo at another `path`, whom others may see, is not used: it may tell of that
    path. There is another of `hints_for_all` then, which may be used wherever these bytes are.
    """
    description, told_path, is_reused = await _claim(digest, "", preview, hints, context, path)
    if not is_reused or await may_share(told_path, path, context):
        return description, is_reused
    description, _, is_reused = await _claim(digest, FOR_ALL_SUFFIX, preview, hints_for_all, context, "")
    return description, is_reused


async def _claim(
    digest: str, suffix: str, preview: bytes, hints: PromptText, context: IngestContext, path: str
) -> tuple[Description, str | None, bool]:
    """
    A description, the path that the model was told for it, if that is known, and whether it was there already.

    `suffix` ends the recipe that it is kept by.
    """
    former = [each + suffix for each in context.former_recipes]
    for _ in range(MAX_CLAIMS):
        async with context.descriptions.claim(digest, context.recipe + suffix, is_readable=_is_description) as claim:
            if claim.ours and (kept := await _kept_by(former, digest, context)):
                await claim.keep(kept)
            if claim.description:
                log.info("described earlier %s", digest)
                told_path = json.loads(claim.description).get(TOLD_PATH)
                return Description.model_validate_json(claim.description), told_path, True
            if claim.ours:
                description = await context.caption_throttle.call(
                    lambda: _describe_within_budget(preview, hints, context)
                )
                await claim.keep(json.dumps(description.model_dump(mode="json") | {TOLD_PATH: path}))
                _book(description, context)
                return description, path, False
        await asyncio.sleep(1)
    raise Claimed("another worker has been describing a copy of this photo for a while", wait=30)


async def _kept_by(recipes: Sequence[str], digest: str, context: IngestContext) -> str | None:
    """What the last release kept of these bytes by one of the names that it had for the recipe of today."""
    for recipe in recipes if await context.descriptions.may_hold(recipes) else ():
        text = await context.descriptions.read(digest, recipe)
        if text and _is_description(text):
            return text
    return None


async def lacking(digest: str, path: str, context: IngestContext) -> str | None:
    """
    The end of the recipe by which the photo at `path` still lacks its description; None if there is one it may have.

    One that a worker is making now counts as one that there is.
    """
    text = await _current(digest, "", context)
    if text is None:
        return ""
    if not text or await may_share(json.loads(text).get(TOLD_PATH), path, context):
        return None
    return FOR_ALL_SUFFIX if await _current(digest, FOR_ALL_SUFFIX, context) is None else None


async def _current(digest: str, suffix: str, context: IngestContext) -> str | None:
    text = await context.descriptions.read(digest, context.recipe + suffix)
    if text is not None and (not text or _is_description(text)):
        return text
    return await _kept_by([each + suffix for each in context.former_recipes], digest, context)


async def keep_if_none(digest: str, recipe: str, description: Description, path: str, context: IngestContext) -> bool:
    """Keep a description that was made elsewhere; False if another is kept, or being made. `recipe` has its end."""
    text = json.dumps(description.model_dump(mode="json") | {TOLD_PATH: path})
    async with context.descriptions.claim(digest, recipe, is_readable=_is_description) as claim:
        if claim.ours:
            await claim.keep(text)
        return claim.description == text


async def earlier_descriptions(photo: Photo, context: IngestContext) -> list[KeptVersion]:
    """
    What models wrote of a photo's bytes, the latest first, as far as it may be told of at its path.

    A description that was replaced stays while the photo does, so that the two can be compared.
    """
    versions = list[KeptVersion]()
    for each in await context.descriptions.of(photo.digest):
        if not _is_description(each.text):
            continue
        told_path = json.loads(each.text).get(TOLD_PATH)
        if each.recipe.endswith(FOR_ALL_SUFFIX) or await may_share(told_path, photo.path, context):
            recipe = context.current_recipe(each.recipe.removesuffix(FOR_ALL_SUFFIX))
            versions.append(KeptVersion(recipe, each.at, Description.model_validate_json(each.text)))
    return [each for n, each in enumerate(versions) if not _is_same(each, versions[:n])]


def _is_same(version: KeptVersion, later: Sequence[KeptVersion]) -> bool:
    """Whether a description is one of those that came later, by the name that the last release had for its recipe."""
    return any((each.recipe, each.description) == (version.recipe, version.description) for each in later)


async def may_share(told_path: str | None, path: str, context: IngestContext) -> bool:
    """
    Whether a description that tells of one path may be used for the photo at another: where the same people see both.

    One that was kept before paths were is of nobody knows which.
    """
    if not rules_in_force().hide or told_path == path:
        return True
    if told_path is None:
        return False
    one, other = [await context.collections.of_photo(photo_id(each)) for each in (told_path, path)]
    return all(each.grants_of(told_path, one) == each.grants_of(path, other) for each in rules_in_force().all)


def _is_description(text: str) -> bool:
    try:
        Description.model_validate_json(text)
    except ValidationError as error:
        log.warning("a description that was kept cannot be read, and is paid for again: %s", error_label(error))
        return False
    return True


async def _describe_within_budget(preview: bytes, hints: PromptText, context: IngestContext) -> Description:
    async with _money(context), _budget(context):
        return await describe(
            preview,
            hints,
            models=context.models,
            language=context.settings.caption_language,
            detail=context.settings.image_detail,
            temperature=context.settings.temperature,
        )


def _book(description: Description, context: IngestContext) -> None:
    """Count what a description took; with a cap, the caption was counted before it was made."""
    is_counted = bool(context.settings.captions_per_day)
    context.spending.book(today(), captions=0 if is_counted else 1, tokens=description.tokens)


def _money(context: IngestContext) -> AbstractAsyncContextManager[None]:
    """With a budget, hold what a description usually costs while it is made; Paused beyond the budget."""
    if context.budget is None:
        return nullcontext()
    price = context.settings.prices.of(context.models.caption_model)
    return context.budget.holding(context.budget.usual("caption", price.caption if price else 0.0))


@asynccontextmanager
async def _budget(context: IngestContext) -> AsyncIterator[None]:
    """With a cap, count a caption before it is made, and take it back if the call fails; Paused beyond the cap."""
    cap = context.settings.captions_per_day
    if not cap:
        yield
        return
    day = today()
    if not await context.spending.add(day, captions=1, cap=cap):
        raise Paused(
            f"today's {cap:,} captions are used up (CAPTIONS_PER_DAY); work continues after midnight UTC",
            wait=until_tomorrow(datetime.now(UTC)),
        )
    try:
        yield
    except PhotoError:
        await _give_back(day, context)
        raise


async def _give_back(day: date, context: IngestContext) -> None:
    """Take a caption back that was not made. If that fails, the reason why it was not made matters more."""
    try:
        await context.spending.add(day, captions=-1)
    except PhotoError as error:
        log.warning("could not take back a caption that was not made: %s", error_label(error))


def today() -> date:
    """The day whose budget is being spent; in UTC, so that it starts at the same moment for all instances."""
    return datetime.now(UTC).date()
