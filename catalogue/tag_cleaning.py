"""Tags over the whole library: sorted by a vocabulary, renamed and merged."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.context import CatalogueContext
from catalogue.editing import edit
from shared.catalogue.vocabulary import Vocabulary
from shared.errors import BadRequest
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.odata import string_literal
from shared.search.query import IndexQuery

MAX_TAG = 100  # characters, as in a vocabulary
PAGE = 500  # photos in one request
FIELDS = ("id", "path", "tags", "suggested_tags", "unedited")


def renamed_tags(tags: Sequence[str], old: Sequence[str], new: str) -> list[str]:
    """One photo's tags with `new` in place of the `old` ones: a rename, or a merge of several."""
    replaced = (new if tag in old else tag for tag in tags)
    return list(dict.fromkeys(replaced))


def check_rename(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a rename, checked: `old`, tags to replace, and `new`; BadRequest names what is wrong."""
    old, new = parameters.get("old"), parameters.get("new")
    if not isinstance(old, list) or not old or not all(isinstance(each, str) and each.strip() for each in old):
        raise BadRequest("old must be a list of the tags to replace", param="old")
    if not isinstance(new, str) or not new.strip() or len(new) > MAX_TAG or "," in new:
        raise BadRequest(f"new must be one tag of at most {MAX_TAG} characters, without commas", param="new")
    return {"old": [" ".join(each.lower().split()) for each in old], "new": " ".join(new.lower().split())}


def renamed_values(photo: Photo, old: Sequence[str], new: str) -> dict[str, Any]:
    """What a rename writes into a photo: nothing where it has none of the old tags."""
    tags = renamed_tags(photo.tags, old, new)
    return {} if tags == photo.tags else {"tags": tags}


def sorted_tags(photo: Photo, vocabulary: Vocabulary) -> dict[str, list[str]]:
    """What a photo's tags would be by the vocabulary, as fields of its document; empty if that is what they are."""
    words = [*photo.tags, *photo.suggested_tags]
    tags, beyond = vocabulary.sort(words) if vocabulary.terms else (words, [])
    is_same = (tags, beyond) == (photo.tags, photo.suggested_tags)
    return {} if is_same else {"tags": tags, "suggested_tags": beyond}


async def sort_all_tags(index: PhotoIndex, vocabulary: Vocabulary) -> int:
    """
    Sort the tags of all photos in the index, and return how many have changed.

    It may be stopped and begun again. Photos that people have edited follow when they are read again.
    """
    changed, last = 0, ""
    while True:
        filter_ = f"id gt '{last}'" if last else None
        query = IndexQuery(filter=filter_, order_by=["id"], top=PAGE, fields=FIELDS)
        photos = [hit.photo for hit in (await index.search(query)).hits]
        documents: list[dict[str, Any]] = [
            {"id": each.id, **fields}
            for each in photos
            if not each.unedited and (fields := sorted_tags(each, vocabulary))
        ]
        changed += await index.merge(documents) if documents else 0
        if len(photos) < PAGE:
            return changed
        last = photos[-1].id


async def rename_all_tags(context: CatalogueContext, old: Sequence[str], new: str, *, by: str) -> int:
    """
    Write the new tag in place of the old ones into all photos that have one, as edits; return how many have changed.

    It may be stopped and begun again.
    """
    any_old = f"tags/any(tag: search.in(tag, {string_literal(','.join(old))}, ','))"
    ids = [entry.id async for entry in context.index.walk(any_old)]
    changed = 0
    for id_ in ids:
        photo = await context.index.get(id_)
        if photo and (values := renamed_values(photo, old, new)):
            await edit(id_, values, by=by, context=context)
            changed += 1
    return changed
