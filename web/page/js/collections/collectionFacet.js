/** The collections among the facets: choosing one shows its photos, choosing it again shows all. */

import { button, h, icon } from "../dom.js";
import { formatNumber, strings } from "../strings.js";
import { navigate, OWN_ORDER, searchObject, state, withFilter, withoutFilter } from "../urlState.js";
import { collections } from "./collections.js";

const FILTER = "collection";

/** The list, or nothing where there are no collections. */
export function collectionFacet() {
  const every = collections.all();
  const { q, filters } = state;
  const canSave = (q || Object.keys(filters).length > 0) && !filters.collection;
  if (!every.length && !canSave) return false;
  return h(
    "section",
    { class: "facet", id: "facet-collection", "aria-labelledby": "facet-collection-title" },
    h("h2", { id: "facet-collection-title" }, strings.collections),
    h(
      "ul",
      {},
      every.map((each) => h("li", {}, choice(each))),
    ),
    canSave && button(strings.saveSearch, { icon: "add", class: "text-button needs-editor", onclick: saveSearch }),
  );
}

async function saveSearch() {
  const { askForSavedSearch } = await import("./collectionForms.js");
  await askForSavedSearch(searchObject({ ...state, sort: "", fold: "" }));
}

/** A list is shown in its own order. */
function choice({ id, name, photos }) {
  const chosen = state.filters[FILTER]?.[0];
  const isChosen = collections.find(chosen)?.id === id;
  const change = () =>
    isChosen ? withoutFilter(state.filters, FILTER, chosen) : withFilter(state.filters, FILTER, id);
  return h(
    "button",
    {
      type: "button",
      "aria-pressed": String(isChosen),
      "data-facet": `${FILTER}=${id}`,
      onclick: () => navigate({ filters: change(), sort: isChosen || photos === null ? "" : OWN_ORDER }),
    },
    h("span", {}, h("bdi", {}, name)),
    h("span", { class: "count" }, photos === null ? savedSearchMark() : formatNumber(photos)),
  );
}

const savedSearchMark = () => [icon("search"), h("span", { class: "visually-hidden" }, strings.savedSearch)];
