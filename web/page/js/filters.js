/** What narrows the search: chips that can be taken away, and counts that can be clicked. */

import { button, fill, h, icon } from "./dom.js";
import { period } from "./dates.js";
import { go, hasFilter, state, withFilter, withoutFilter } from "./state.js";
import { number, words } from "./strings.js";

const SHOWN = 8; // values of a facet before "show more"
const FACETS = {
  month: "taken_in",
  tags: "tag",
  country: "country",
  city: "city",
  folder: "folder",
  colors: "color",
  people: "people",
  camera: "camera",
  orientation: "orientation",
  has_text: "has_text",
};
const unfolded = new Set();

/** A filter in words. */
export function filterName(name, value) {
  if (name === "taken_in") return period(value);
  if (name === "taken_after") return words.after(period(value));
  if (name === "taken_before") return words.before(period(value));
  if (name === "people") return words.people[value] ?? words.people.least(value);
  if (name === "orientation") return words.orientation[value] ?? value;
  if (name === "has_text") return words.hasText[value] ?? value;
  if (name === "folder") return value || words.topFolder;
  if (name === "any_tag") return words.anyTag(value);
  if (name === "near") return nearName(value);
  return value;
}

/** A dot of a colour, where its name is one that the browser knows, too; nothing where it is not. */
export function swatch(name) {
  const color = name.replace(/[\s-]/g, "").replace(/^brown$/i, "saddlebrown"); // what browsers call brown is a red
  if (!/^[a-z]+$/i.test(color) || !CSS.supports("color", color)) return false;
  const dot = h("i", { class: "swatch", "aria-hidden": "true" });
  dot.style.backgroundColor = color;
  return dot;
}

function nearName(value) {
  const [latitude, longitude, km = "10"] = value.split(",");
  return words.near(`${Number(latitude).toFixed(2)}, ${Number(longitude).toFixed(2)}`, Number(km));
}

/** The active filters as chips. */
export function drawChips(list) {
  const chips = Object.entries(state.filters).flatMap(([name, values]) => values.map((value) => chip(name, value)));
  list.hidden = !chips.length;
  const clear = chips.length > 1 && h("li", {}, button(words.clearFilters, { class: "plain", onclick: clearAll }));
  fill(list, chips, clear);
}

function chip(name, value) {
  const label = filterName(name, value);
  const take = () => go({ filters: withoutFilter(state.filters, name, value) });
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "chip", "aria-label": words.removeFilter(label), onclick: take },
      label,
      icon("close"),
    ),
  );
}

const clearAll = () => go({ filters: {} });

/** The counts by facet; choosing one narrows the search, choosing it again widens it. */
export function drawFacets(panel, facets) {
  const focused = document.activeElement?.dataset?.facet;
  const groups = Object.entries(FACETS)
    .map(([facet, filter]) => [facet, filter, choices(facet, facets[facet] ?? [])])
    .filter(
      ([, filter, values]) => values.length && (values.length > 1 || hasFilter(state.filters, filter, values[0].value)),
    );
  fill(
    panel,
    groups.map(([facet, filter, values]) => group(facet, filter, values)),
  );
  if (focused) panel.querySelector(`[data-facet="${CSS.escape(focused)}"]`)?.focus();
}

/** The values to offer; people are offered as none or some, months the latest first. */
function choices(facet, values) {
  if (facet === "people") return people(values);
  if (facet === "month") return values.filter((each) => each.count).sort((a, b) => (a.value < b.value ? 1 : -1));
  return values.filter((each) => each.count).map(({ value, count }) => ({ value: String(value), count }));
}

function people(values) {
  const none = values.find((each) => String(each.value) === "0")?.count ?? 0;
  const some = values.reduce((sum, each) => sum + each.count, 0) - none;
  return [
    { value: "some", count: some },
    { value: "none", count: none },
  ].filter((each) => each.count);
}

function group(facet, filter, values) {
  const all = unfolded.has(facet);
  const shown = all ? values : values.slice(0, SHOWN);
  const fold = () => {
    unfolded[all ? "delete" : "add"](facet);
    document.getElementById(`facet-${facet}`).replaceWith(group(facet, filter, values));
  };
  return h(
    "section",
    { class: "facet", id: `facet-${facet}`, "aria-label": words.facets[facet] },
    h("h2", {}, words.facets[facet]),
    h(
      "ul",
      {},
      shown.map((each) => h("li", {}, choice(facet, filter, each))),
    ),
    values.length > SHOWN && button(all ? words.less : words.more, { class: "plain", onclick: fold }),
  );
}

function choice(facet, filter, { value, count }) {
  const on = hasFilter(state.filters, filter, value);
  const toggle = () =>
    go({ filters: on ? withoutFilter(state.filters, filter, value) : withFilter(state.filters, filter, value) });
  return h(
    "button",
    { type: "button", "aria-pressed": String(on), "data-facet": `${filter}=${value}`, onclick: toggle },
    h("span", {}, filter === "color" && swatch(value), filterName(filter, value)),
    h("span", { class: "count" }, number(count)),
  );
}
