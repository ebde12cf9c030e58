/** The facets: how many photos each value of a filter would leave, to click. */

import { collectionFacet } from "../collections/collectionFacet.js";
import { button, h, setChildren } from "../dom.js";
import { formatNumber, strings } from "../strings.js";
import { hasFilter, navigate, state, withFilter, withoutFilter } from "../urlState.js";
import { dateRange } from "../wall/dateRange.js";
import { facetChoices } from "./facetChoices.js";
import { colorSwatch, filterLabel } from "./filterLabels.js";
import { areRelated, depthOf, lastWord, parentOf, SEPARATOR } from "./keywordPaths.js";
import { isYear } from "./knownPeriods.js";
import { fieldLabel, isOwnField, ownFields, PREFIX, valueLabel } from "./ownFields.js";
import { leastRatingLabel } from "./stars.js";

const COLLAPSED_SIZE = 8; // values of a facet before "show more"
const FILTER_OF_FACET = {
  month: "taken_in",
  tags: "tag",
  keywords: "keyword",
  keyword_paths: "keyword_path",
  creators: "creator",
  persons: "person",
  rating: "rating",
  reviewed: "reviewed",
  country: "country",
  state: "state",
  city: "city",
  folder: "folder",
  colors: "color",
  people: "people",
  camera: "camera",
  orientation: "orientation",
  has_text: "has_text",
};
const expanded = new Set();

let tagLanguage;

/** Draw the counts by facet of these results; choosing a value narrows the search, choosing it again widens it. */
export function drawFacets(panel, { facets, total, language }) {
  tagLanguage = language;
  const focused = document.activeElement?.dataset?.facet;
  const groups = [...ownFacets(facets), ...Object.entries(FILTER_OF_FACET)]
    .map(([facet, filter]) => [facet, filter, facetChoices(facet, facets, total)])
    .filter(([, filter, values]) => canNarrow(filter, values, total));
  setChildren(
    panel,
    collectionFacet(),
    dateRange(),
    groups.map(([facet, filter, values]) => facetGroup(facet, filter, values)),
  );
  if (focused) panel.querySelector(`[data-facet="${CSS.escape(focused)}"]`)?.focus();
}

/** The library's own fields come first, as it orders them: they are what it wants to know. */
function ownFacets(facets) {
  const own = Object.keys(facets).filter(isOwnField);
  const names = ownFields.all().map(({ name }) => PREFIX + name);
  return [...names.filter((name) => own.includes(name)), ...own.filter((name) => !names.includes(name))].map((name) => [
    name,
    name,
  ]);
}

/** Whether a choice changes the search: one that all photos share does not. */
function canNarrow(filter, values, total) {
  if (!values.length) return false;
  return values.length > 1 || values[0].count < total || isChosen(filter, values[0].value);
}

/** Whether the search has this choice; a year is that of photos of which no more is known. */
function isChosen(filter, value) {
  const isAlone = filter !== "taken_in" || !isYear(value) || hasFilter(state.filters, "known_to", "year");
  return isAlone && hasFilter(state.filters, filter, value);
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
    { class: "facet", id: `facet-${facet}`, "aria-label": facetLabel(facet) },
    h("h2", {}, isOwnField(facet) ? h("bdi", {}, facetLabel(facet)) : facetLabel(facet)),
    h(
      "ul",
      {},
      visible.map((each) => h("li", {}, choice(filter, each))),
    ),
    values.length > COLLAPSED_SIZE &&
      button(isExpanded ? strings.less : strings.more, { class: "text-button", onclick: toggle }),
  );
}

const facetLabel = (facet) => (isOwnField(facet) ? fieldLabel(facet) : strings.facets[facet]);

function choice(filter, { value, count }) {
  const isActive = isChosen(filter, value);
  const change = filter === "taken_in" ? withPeriod : filter === "keyword_path" ? withPath : withFilter;
  const toggle = () => navigate({ filters: (isActive ? without : change)(state.filters, filter, value) });
  return h(
    "button",
    { type: "button", "aria-pressed": String(isActive), "data-facet": `${filter}=${value}`, onclick: toggle },
    choiceLabel(filter, value),
    h("span", { class: "count" }, formatNumber(count)),
  );
}

function choiceLabel(filter, value) {
  if (isOwnField(filter)) return h("span", {}, h("bdi", {}, valueLabel(filter, value)));
  if (filter === "rating") return h("span", {}, leastRatingLabel(value));
  if (filter === "keyword_path") return pathChoiceLabel(value);
  if (filter === "taken_in" && isYear(value)) return h("span", {}, strings.yearAlone(value));
  return h(
    "span",
    {},
    filter === "color" && colorSwatch(value),
    h("bdi", { lang: filter === "tag" ? tagLanguage : null }, filterLabel(filter, value)),
  );
}

/** The last word of a path, further in the deeper it lies; the words before it are only read out. */
function pathChoiceLabel(path) {
  const parent = parentOf(path);
  const label = h(
    "span",
    { class: "path-choice" },
    parent && h("span", { class: "visually-hidden" }, parent + SEPARATOR),
    h("bdi", {}, lastWord(path)),
  );
  label.style.setProperty("--depth", depthOf(path));
  return label;
}

/** A month, or the photos of a year of which no more is known. */
function withPeriod(filters, name, period) {
  const within = withFilter(withoutYearAlone(filters), name, period);
  return isYear(period) ? withFilter(within, "known_to", "year") : within;
}

const withoutYearAlone = (filters) => withoutFilter(filters, "known_to", "year");

function without(filters, name, value) {
  return withoutFilter(name === "taken_in" ? withoutYearAlone(filters) : filters, name, value);
}

/** A path takes the place of those above and below it. */
function withPath(filters, name, path) {
  const others = (filters[name] ?? []).filter((each) => !areRelated(each, path));
  return { ...filters, [name]: [...others, path] };
}
