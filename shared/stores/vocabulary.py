"""The vocabulary: one blob beside the definitions of fields, written through the app and read again with these."""

import logging
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from shared.azure_errors import translated_errors
from shared.catalogue.in_force import NO_VOCABULARY, put_vocabulary_in_force
from shared.catalogue.vocabulary import Vocabulary, parse_vocabulary
from shared.errors import PreconditionFailed
from shared.storage_resources import StorageResources
from shared.stores.api_keys import QUICKLY

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-settings"
BLOB = "vocabulary.json"


class VocabularyStore(StorageResources):
    """The store of the vocabulary. Create it once; nothing is created before something is saved."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, container)
        self._blob = container.get_blob_client(BLOB)
        self._is_known = False
        self.etag: str | None = None  # of what was read last; None where there is no vocabulary
        self.fault = ""

    async def read(self) -> None:
        """Put in force what is stored, if it has changed; what is damaged changes nothing, and `fault` says so."""
        async with translated_errors(SERVICE):
            try:
                etag = (await self._blob.get_blob_properties(**QUICKLY)).etag
                if self._is_known and etag == self.etag:
                    return
                stream = await self._blob.download_blob(**QUICKLY)
                content = await stream.readall()
            except ResourceNotFoundError:
                etag, content = None, None
        try:
            put_vocabulary_in_force(NO_VOCABULARY if content is None else parse_vocabulary(content))
            self.fault = ""
        except ValueError as error:
            self.fault = f"{CONTAINER}/{BLOB} is damaged, and the vocabulary before it stays in force: {error}"
            log.error("the vocabulary is damaged and not used; status and doctor say how")
        self.etag, self._is_known = etag, True

    async def save(self, new: Vocabulary, *, if_match: str | None = None) -> None:
        """Store a vocabulary in place of the one there is; PreconditionFailed if that has another etag than named."""
        conditions: dict[str, Any] = {}
        if if_match:
            conditions = {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
        async with self.calls():
            try:
                await self._blob.upload_blob(new.model_dump_json().encode(), overwrite=True, **conditions)
            except (ResourceModifiedError, ResourceExistsError) as error:
                raise PreconditionFailed("the vocabulary has changed since: read it again", param="If-Match") from error
        await self.read()
