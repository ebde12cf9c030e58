/** The active filters as chips, those read from the words of the search, and its picture; a click removes one. */

import { button, h, icon, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { navigate, state, withoutFilter } from "../urlState.js";
import { filterLabel } from "./filterLabels.js";
import { setPicture } from "./pictureSearch.js";

/** What a filter that was read from words is about; of each kind, the server can be told not to read any. */
const KINDS = {
  taken_in: "dates",
  taken_after: "dates",
  taken_before: "dates",
  place: "places",
  without: "exclusions",
};
const ALL_KINDS = ["dates", "places", "exclusions"];

/** Draw the filters of the address, and those that `results` say their words were read as. */
export function drawFilterChips(list, { interpreted, query }) {
  const set = Object.entries(state.filters).flatMap(([name, values]) => values.map((value) => chip(name, value)));
  const read = Object.entries(interpreted).map(([name, values]) => readChip(name, [values].flat(), query.q));
  const chips = [...(query.picture ? [pictureChip(query.picture)] : []), ...set, ...read];
  list.hidden = !chips.length;
  const clearAll = () => {
    if (query.picture) setPicture(null);
    navigate({ filters: {}, ...(read.length && { q: query.q, interpret: "off" }) });
  };
  const clear =
    chips.length > 1 && h("li", {}, button(strings.clearFilters, { class: "text-button", onclick: clearAll }));
  setChildren(list, chips, clear);
}

function pictureChip({ small }) {
  const props = { type: "button", class: "chip", "aria-label": strings.removeSearchedPicture };
  const image = h("img", { src: small, alt: strings.searchedPicture });
  return h("li", {}, h("button", { ...props, onclick: () => setPicture(null) }, image, icon("close")));
}

function chip(name, value) {
  const label = filterLabel(name, value);
  return removable(label, {}, () => navigate({ filters: withoutFilter(state.filters, name, value) }));
}

function readChip(name, values, q) {
  const label = values.map((value) => filterLabel(name, value)).join(", ");
  const asked = ALL_KINDS.includes(state.interpret.split(",")[0]) ? state.interpret.split(",") : ALL_KINDS;
  const others = asked.filter((kind) => kind !== KINDS[name]);
  const remove = () => navigate({ q, interpret: others.join(",") || "off" });
  return removable(label, { class: "chip read", title: strings.readFromWords }, remove);
}

function removable(label, props, remove) {
  const all = { type: "button", class: "chip", "aria-label": strings.removeFilter(label), onclick: remove, ...props };
  return h("li", {}, h("button", all, h("bdi", {}, label), icon("close")));
}
