/** The counts beside the photos, asked for again when photos were edited. */

import { searchParams } from "../urlState.js";
import { searchPage } from "./pictureSearch.js";

/** Give search results the counts of now, unless others are shown by then; they fire `counted`. */
export async function countAgain(results) {
  const { query } = results;
  if (!query) return; // a photo can be open, and edited, before the first response is there
  const params = [...searchParams(query), ["top", 1]];
  const { facets } = await searchPage(params, { ...query, order: "" }).catch(() => ({}));
  if (!facets || results.query !== query) return;
  results.facets = facets;
  results.dispatchEvent(new Event("counted"));
}
