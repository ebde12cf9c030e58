/** The active filters as chips; a click removes one. */

import { button, h, icon, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { navigate, state, withoutFilter } from "../urlState.js";
import { filterLabel } from "./filterLabels.js";

export function drawFilterChips(list) {
  const chips = Object.entries(state.filters).flatMap(([name, values]) => values.map((value) => chip(name, value)));
  list.hidden = !chips.length;
  const clearAll = () => navigate({ filters: {} });
  const clear =
    chips.length > 1 && h("li", {}, button(strings.clearFilters, { class: "text-button", onclick: clearAll }));
  setChildren(list, chips, clear);
}

function chip(name, value) {
  const label = filterLabel(name, value);
  const remove = () => navigate({ filters: withoutFilter(state.filters, name, value) });
  const props = { type: "button", class: "chip", "aria-label": strings.removeFilter(label), onclick: remove };
  return h("li", {}, h("button", props, h("bdi", {}, label), icon("close")));
}
