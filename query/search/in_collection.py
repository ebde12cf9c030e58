"""What it means to be in a collection: to be on its list, or to be found by the search that it saves."""

from query.search.query_text import significant_words, split_phrases
from shared.search.filters import Filters
from shared.search.index import PhotoIndex
from shared.search.odata import string_literal
from shared.stores.collections import Collection, Collections
from shared.visible_collections import find_collection

MAX_WORDS = 50  # of a saved search: more than a text box holds


async def look_up(filters: Filters, collections: Collections | None, index: PhotoIndex) -> Filters:
    """The filters, which say what the collection they name means; NotFound if there is none of this id or name."""
    if not (filters.collection and collections):
        return filters
    collection = await find_collection(filters.collection, collections, index)
    return filters.model_copy(update={"in_collection": clause_of(collection)})


def clause_of(collection: Collection) -> str:
    """
    The photos of a collection, as OData.

    Those of a saved search have all of its words: which photos are merely similar depends on what else there is.
    """
    if collection.search is None:
        return f"collections/any(each: each eq {string_literal(collection.id)})"
    words, phrases = split_phrases(str(collection.query.get("q", "")))
    filters = Filters.model_validate(collection.query.get("filters", {}))
    exact = [*filters.exact, *significant_words(words), *phrases][:MAX_WORDS]
    return filters.model_copy(update={"exact": exact}).odata() or "id ne ''"
