/** Sharing what the library shows: a collection as it is at any time, anything else as it is now. */

import { collections } from "../collections/collections.js";
import { searchObject, state } from "../urlState.js";
import { openShareDialog } from "./shareDialog.js";

/** Ask how to share the photos of `results`; `exports` names those that were found by a picture. */
export async function shareShown(results, exports) {
  const { q, filters } = state;
  const chosen = !q && Object.keys(filters).join() === "collection" && filters.collection[0];
  if (chosen) await collections.load();
  const collection = chosen && collections.find(chosen);
  const what = collection ? async () => ({ collection: collection.id }) : () => shown(results, exports);
  const isAll = !q && !Object.keys(filters).length && !results.query.picture;
  openShareDialog(isAll ? null : what, collection?.name ?? q);
}

async function shown({ query }, exports) {
  return query.picture ? { ids: await exports.ids() } : { search: searchObject(query) };
}
