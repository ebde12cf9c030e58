"""
Large exports, which jobs make: each a zip in the container `photo-exports`, written a part at a time.

For each job there are `ID/photos.zip`, which is not to be seen before it is whole, and `ID/parts/NAME.json`: what a
part of it is made of. All of it goes a day after the job has ended.
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence

from azure.storage.blob import BlobBlock, ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.blob_reader import StoredPicture, find_picture
from shared.blob_upload import StagedBlob, stage
from shared.photo import is_photo_id
from shared.storage_resources import StorageResources, ignore_missing

CONTAINER = "photo-exports"
FILE = "photos.zip"
MEDIA_TYPE = "application/zip"


class Exports(StorageResources):
    """The store of large exports. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__("blob storage", self._container)

    async def stage(self, id_: str, data: AsyncIterable[bytes], *, block_size: int) -> StagedBlob:
        """Send bytes of an export, which nobody sees yet; blocks that are never committed go after a week."""
        async with self.calls():
            return await stage(self._file(id_), data, block_size=block_size)

    async def commit(self, id_: str, blocks: Sequence[str]) -> None:
        """Make these blocks, in this order, the file of an export."""
        settings = ContentSettings(content_type=MEDIA_TYPE)
        async with self.calls():
            await self._file(id_).commit_block_list([BlobBlock(each) for each in blocks], content_settings=settings)

    async def find(self, id_: str) -> StoredPicture:
        """The file of an export; NotFound before it is whole, and once it was swept."""
        return await find_picture(self._file(id_), self)

    async def write_part(self, id_: str, name: str, content: bytes) -> None:
        """Keep what a part is made of, in place of an earlier try."""
        async with self.calls():
            await self._container.upload_blob(_part(id_, name), content, overwrite=True)

    async def read_part(self, id_: str, name: str) -> bytes | None:
        """What a part is made of; None before it is there."""
        async with self.calls():
            with ignore_missing():
                return await (await self._container.download_blob(_part(id_, name))).readall()
        return None

    async def parts(self, id_: str) -> list[str]:
        """The names of the parts that are there, in their order."""
        start = _part(id_, "").removesuffix(".json")
        async with self.calls():
            names = [each.name async for each in self._container.list_blobs(name_starts_with=start)]
        return sorted(name.removeprefix(start).removesuffix(".json") for name in names)

    async def all(self) -> AsyncIterator[str]:
        """The ids of all exports of which anything is kept."""
        async with self.calls():
            names = [each.name async for each in self._container.walk_blobs(include=["uncommittedblobs"])]
        for name in names:
            if is_photo_id(id_ := name.partition("/")[0]):
                yield id_

    async def delete(self, id_: str) -> None:
        """Delete all that is kept of an export, also what is staged: only a blob that is there can be deleted."""
        async with self.calls():
            await self._file(id_).commit_block_list([])
            names = [each.name async for each in self._container.list_blobs(name_starts_with=f"{id_}/")]
            for name in names:
                with ignore_missing():
                    await self._container.delete_blob(name)

    def _file(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(file_name(id_))


def file_name(id_: str) -> str:
    """The name of the blob that an export is."""
    return f"{id_}/{FILE}"


def _part(id_: str, name: str) -> str:
    return f"{id_}/parts/{name}.json"
