/** The facets: how many photos each value of a filter would leave, to click. */

import { button, h, setChildren } from "../dom.js";
import { formatNumber, strings } from "../strings.js";
import { hasFilter, navigate, state, withFilter, withoutFilter } from "../urlState.js";
import { colorSwatch, filterLabel } from "./filterLabels.js";

const COLLAPSED_SIZE = 8; // values of a facet before "show more"
const FILTER_OF_FACET = {
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
const expanded = new Set();

/** Draw the counts by facet; choosing a value narrows the search, choosing it again widens it. */
export function drawFacets(panel, facets) {
  const focused = document.activeElement?.dataset?.facet;
  const groups = Object.entries(FILTER_OF_FACET)
    .map(([facet, filter]) => [facet, filter, choices(facet, facets[facet] ?? [])])
    .filter(
      ([, filter, values]) => values.length && (values.length > 1 || hasFilter(state.filters, filter, values[0].value)),
    );
  setChildren(
    panel,
    groups.map(([facet, filter, values]) => facetGroup(facet, filter, values)),
  );
  if (focused) panel.querySelector(`[data-facet="${CSS.escape(focused)}"]`)?.focus();
}

/** The values to offer: people as none or some, months latest first. */
function choices(facet, values) {
  if (facet === "people") return peopleChoices(values);
  if (facet === "month") return values.filter((each) => each.count).sort((a, b) => (a.value < b.value ? 1 : -1));
  return values.filter((each) => each.count).map(({ value, count }) => ({ value: String(value), count }));
}

function peopleChoices(values) {
  const none = values.find((each) => String(each.value) === "0")?.count ?? 0;
  const some = values.reduce((sum, each) => sum + each.count, 0) - none;
  return [
    { value: "some", count: some },
    { value: "none", count: none },
  ].filter((each) => each.count);
}

function facetGroup(facet, filter, values) {
  const isExpanded = expanded.has(facet);
  const visible = isExpanded ? values : values.slice(0, COLLAPSED_SIZE);
  const toggle = () => {
    expanded[isExpanded ? "delete" : "add"](facet);
    document.getElementById(`facet-${facet}`).replaceWith(facetGroup(facet, filter, values));
  };
  return h(
    "section",
    { class: "facet", id: `facet-${facet}`, "aria-label": strings.facets[facet] },
    h("h2", {}, strings.facets[facet]),
    h(
      "ul",
      {},
      visible.map((each) => h("li", {}, choice(filter, each))),
    ),
    values.length > COLLAPSED_SIZE &&
      button(isExpanded ? strings.less : strings.more, { class: "text-button", onclick: toggle }),
  );
}

function choice(filter, { value, count }) {
  const isActive = hasFilter(state.filters, filter, value);
  const change = isActive ? withoutFilter : withFilter;
  const toggle = () => navigate({ filters: change(state.filters, filter, value) });
  return h(
    "button",
    { type: "button", "aria-pressed": String(isActive), "data-facet": `${filter}=${value}`, onclick: toggle },
    h("span", {}, filter === "color" && colorSwatch(value), filterLabel(filter, value)),
    h("span", { class: "count" }, formatNumber(count)),
  );
}
