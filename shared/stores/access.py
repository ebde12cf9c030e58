"""
`access.json`: who sees which photos, as admins wrote it, and which rules documents may still follow.

It is read again at the same times as the definitions of fields. One that is wrong changes nothing: the last that was
right stays in force, also in instances that start later, as it is kept in a blob beside it. With none that was ever
right, only admins see photos. What is wrong is in `fault`.

That other blob also keeps the earlier rules until every document follows the new ones.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from shared.access.in_force import RulesInForce, put_rules_in_force, rules_in_force
from shared.access.rules import CLOSED, NO_RULES, Rule, Rules, parse_rules
from shared.azure_errors import translated_errors
from shared.errors import BadRequest, PhotoError, PreconditionFailed
from shared.log_text import error_label
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import QUICKLY, unless_changed

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-settings"
BLOB = "access.json"
STATE = f"{BLOB}.in-force"
ROUNDS = 10  # tries while other instances write the same
CHANGED = "the rules have changed since: read them again"


@checked_dataclass(frozen=True)
class KeptRules:
    """What is kept of the rules in force: they, and those before them that documents may still follow."""

    rules: tuple[Rule, ...] = ()
    earlier: tuple[tuple[Rule, ...], ...] = ()

    def followed_by(self, new: Rules) -> "KeptRules":
        """The same once these rules are in force."""
        current = Rules(self.rules)
        if new.version == current.version:
            return self
        earlier = {each.version: each.rules for each in (current, *map(Rules, self.earlier))}
        earlier.pop(new.version, None)
        return KeptRules(new.rules, tuple(earlier.values()))

    def in_force(self) -> RulesInForce:
        return RulesInForce(Rules(self.rules), tuple(Rules(each) for each in self.earlier))


KEPT = TypeAdapter(KeptRules)


@dataclass(frozen=True)
class Etags:
    """Those of both blobs, None for one that is not there."""

    rules: str | None
    state: str | None


@dataclass(frozen=True)
class FailedReading:
    """A reading that failed: when it began, with how much patience, and why."""

    began: float
    patience: Mapping[str, Any]
    error: PhotoError

    def counts_for(self, asked: float, patience: Mapping[str, Any]) -> bool:
        """Whether somebody who asked then would read the same."""
        return self.began > asked and patience in (QUICKLY, self.patience)


class AccessStore(StorageResources):
    """The store of the rules. Create it once; nothing is created before somebody writes rules."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)
        self._blob = self._container.get_blob_client(BLOB)
        self._state = self._container.get_blob_client(STATE)
        self._read: Etags | None = None  # of what is in force, and kept
        self._is_known = False
        self._lock = asyncio.Lock()  # what was read first must not be put in force last
        self._read_from = float("-inf")  # when the last reading began
        self._failed: FailedReading | None = None  # the last one, if nothing was read since
        self.fault = ""  # what is wrong with the file, as a sentence

    @property
    def etag(self) -> str | None:
        """Of the file that was read last, in quotes; None where there is none."""
        return self._read.rules if self._read else None

    async def read(self, *, patience: Mapping[str, Any] = QUICKLY, since: float | None = None) -> None:
        """
        Put in force what is stored now, if it has changed; what was never read hides everything but from admins.

        Those who ask while somebody else is reading share the next reading, also if it fails, unless they have more
        patience. `patience` are the options of each request. A reading that began `since` a moment counts as theirs.
        """
        asked = time.monotonic() if since is None else since
        try:
            async with self._lock:
                if self._read_from > asked:
                    return
                if self._failed and self._failed.counts_for(asked, patience):
                    raise copy(self._failed.error)
                await self._refresh(patience)
        except PhotoError:
            if not self._is_known:
                put_rules_in_force(RulesInForce(is_known=False))
            raise

    async def save(self, content: bytes, *, if_match: str | None = None) -> None:
        """Check the rules and put them in force; BadRequest says what is wrong, PreconditionFailed who was faster."""
        try:
            parse_rules(content)
        except ValueError as error:
            raise BadRequest(str(error), param="rules") from error
        conditions: dict[str, Any] = unless_changed(if_match) if if_match else {"overwrite": True}
        async with self.calls():
            try:
                await self._blob.upload_blob(content, **conditions)
            except (ResourceModifiedError, ResourceExistsError) as error:
                raise PreconditionFailed(CHANGED, param="If-Match") from error
        await self.read()

    async def settle(self, version: str) -> None:
        """Every document follows the rules of this version: if these are still in force, they count alone."""
        async with self.calls():
            kept, etag = await self._kept()
            if etag is None or Rules(kept.rules).version != version or not kept.earlier:
                return
            try:
                if kept.rules:
                    await self._state.upload_blob(KEPT.dump_json(KeptRules(kept.rules)), **unless_changed(etag))
                else:
                    await self._state.delete_blob(etag=etag, match_condition=MatchConditions.IfNotModified)
            except (ResourceModifiedError, ResourceExistsError, ResourceNotFoundError):
                return
        await self.read()

    async def _refresh(self, patience: Mapping[str, Any]) -> None:
        """Read while this holds the lock."""
        began = time.monotonic()
        try:
            for _ in range(ROUNDS):
                etags = await self._etags(patience)
                if etags == self._read or await self._use(etags, patience):
                    break
        except PhotoError as error:
            self._failed = FailedReading(began, patience, error)
            raise
        self._read_from, self._failed = began, None

    async def _etags(self, patience: Mapping[str, Any]) -> Etags:
        """One listing tells of both blobs."""
        async with translated_errors(SERVICE):
            try:
                found = {
                    each.name: _quoted(each.etag)
                    async for each in self._container.list_blobs(name_starts_with=BLOB, **patience)
                }
            except ResourceNotFoundError:
                found = {}
        return Etags(found.get(BLOB), found.get(STATE))

    async def _use(self, etags: Etags, patience: Mapping[str, Any]) -> bool:
        """Put in force what has these etags; False if it has to be read once more, as somebody has written it."""
        async with translated_errors(SERVICE):
            content = await _content(self._blob, patience) if etags.rules else None
            kept, state = await self._kept(patience) if etags.state else (KeptRules(), None)
        if state != etags.state or (content is None) != (etags.rules is None):
            return False
        try:
            new, self.fault = (NO_RULES if content is None else parse_rules(content)), ""
        except ValueError as error:
            self._stay(str(error), kept, is_kept=etags.state is not None)
            self._read = etags
            return True
        followed = kept.followed_by(new)
        self._put_in_force(followed.in_force())
        if followed == kept:
            self._read = etags
            return True
        return not await self._keep(followed, state)

    def _stay(self, fault: str, kept: KeptRules, *, is_kept: bool) -> None:
        self._put_in_force(kept.in_force() if is_kept else RulesInForce(CLOSED))
        before = "the rules before it stay in force" if is_kept else "only admins see photos"
        self.fault = f"{CONTAINER}/{BLOB} is not used, and {before}: {fault}"
        log.error("the rules of who sees which photos are wrong and not used; admins are told how")

    def _put_in_force(self, new: RulesInForce) -> None:
        self._is_known = True
        old = rules_in_force()
        if not old.is_known or [each.version for each in old.all] != [each.version for each in new.all]:
            put_rules_in_force(new)
            log.info("other rules of who sees which photos are in force")

    async def _keep(self, kept: KeptRules, etag: str | None) -> bool:
        """Let other instances know; False if storage cannot keep it now, as it is tried again with the next reading."""
        try:
            async with self.calls():
                with suppress(ResourceModifiedError, ResourceExistsError):  # another instance was faster
                    await self._state.upload_blob(KEPT.dump_json(kept), **unless_changed(etag))
        except PhotoError as error:
            log.warning("could not keep the rules of who sees which photos: %s", error_label(error))
            return False
        return True

    async def _kept(self, patience: Mapping[str, Any] = QUICKLY) -> tuple[KeptRules, str | None]:
        with ignore_missing():
            stream = await self._state.download_blob(**patience)
            content = await stream.readall()
            try:
                return KEPT.validate_json(content), _quoted(stream.properties.etag)
            except ValidationError:  # nobody else writes it; as if every rule were new
                return KeptRules(), _quoted(stream.properties.etag)
        return KeptRules(), None


async def _content(blob: BlobClient, patience: Mapping[str, Any]) -> bytes | None:
    with ignore_missing():
        stream = await blob.download_blob(**patience)
        content: bytes = await stream.readall()
        return content
    return None


def _quoted(etag: str) -> str:
    return f'"{etag.strip(chr(34))}"'
