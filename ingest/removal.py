"""Removes what was made of a file that is gone."""

import logging

from ingest.companions import is_failing, photo_removed, sidecar_changed
from ingest.context import IngestContext
from ingest.facts.sidecar_names import is_sidecar
from ingest.forgetting import forget, forget_descriptions, look_again, note_gone
from ingest.to_trash import digest_of_failure, keep_words
from ingest.withdrawal import withdraw
from shared.access.sight import in_full_sight
from shared.log_text import photo_label
from shared.photo import photo_id

log = logging.getLogger(__name__)


@in_full_sight
async def remove(name: str, context: IngestContext, *, digest: str = "") -> None:
    """
    Remove everything made from a blob that is gone; if the blob is there (again), do nothing.

    Its description and what people wrote wait in the trash, if there is one.

    `digest` is the digest of its bytes, if they may not have reached the index.
    """
    if is_sidecar(name):
        await sidecar_changed(name, context)
    if await context.storage.stat(name) is not None:
        log.info("exists again %s", photo_label(name))
        return
    id_ = photo_id(name)
    indexed = await context.index.get(id_)
    waits = await keep_words(name, indexed, context)
    was_there = indexed is not None or bool(digest) or await is_failing(name, context)
    if was_there and not waits:  # also before nothing tells that it was there, should this be interrupted
        await note_gone(name, context)
    await withdraw(id_, context)
    digests = {digest, indexed.digest if indexed else "", await digest_of_failure(id_, context)} - {""}
    await context.failures.clear(id_)
    if not waits:
        await forget(name, digests, context, was_there=was_there)
    elif digests and not await context.trash.add_digests(id_, digests) and await context.storage.stat(name) is None:
        await forget_descriptions(id_, digests, context)  # it was deleted for good meanwhile, and not restored
    log.info("removed %s", photo_label(name))
    await photo_removed(name, context)
    await look_again(name, context)
