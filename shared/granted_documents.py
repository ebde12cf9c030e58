"""
Writes into documents which collections their photos are in, and who sees them.

Both follow from what is stored elsewhere. Where collections grant something, whoever writes them looks afterwards
whether that is still so.
"""

from collections.abc import Collection, Mapping, Sequence

from shared.access.in_force import grants, rules_in_force
from shared.access.sight import in_full_sight
from shared.search.index import PhotoIndex
from shared.stores.collections import Collections

ROUNDS = 5  # tries while others change the collections of the same photos
BATCH = 500  # photos in one request to the index


@in_full_sight
async def follow_collections(
    ids: Sequence[str], collections: Collections, index: PhotoIndex, *, leaving: str = ""
) -> int:
    """
    Tell the index which collections photos are in and what that grants, and return how many of them are there.

    Of photos `leaving` a collection, it is told before the collection is: so nobody sees them a moment too long.
    """
    count, members = 0, await collections.of_photos()
    for _ in range(ROUNDS):
        count += await _write(ids, members, index, leaving=leaving)
        if leaving or not rules_in_force().rules.collections:
            break
        before, members = members, await collections.of_photos()
        ids = [each for each in ids if members.get(each) != before.get(each)]
        if not ids:
            break
    return count


async def _write(ids: Sequence[str], members: Mapping[str, Sequence[str]], index: PhotoIndex, *, leaving: str) -> int:
    count = 0
    for start in range(0, len(ids), BATCH):
        there = await index.entries(ids[start : start + BATCH])  # those in the trash get theirs when they come back
        documents = []
        for id_, entry in there.items():
            collections = [each for each in members.get(id_, ()) if each != leaving]
            documents.append({"id": id_, "collections": collections, **grants(entry.path, collections)})
        if documents:
            count += await index.merge(documents)
    return count


async def check_grants(id_: str, written: Collection[str], collections: Collections, index: PhotoIndex) -> None:
    """Correct the grants of a document that was just written, if its photo has come into or left collections since."""
    if rules_in_force().rules.collections and set((await collections.of_photos()).get(id_, ())) != set(written):
        await follow_collections([id_], collections, index)
