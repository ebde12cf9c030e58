/** The state in the address bar: the search, its filters, and the photo or dialog that is open. */

import { basePath } from "./basePath.js";

/** The filters `/api/search` takes; a list may hold several values. */
export const FILTERS = {
  tag: "list",
  any_tag: "list",
  color: "list",
  country: "one",
  state: "one",
  city: "one",
  place: "one",
  folder: "one",
  taken_in: "one",
  taken_after: "one",
  taken_before: "one",
  dated: "one",
  known_to: "one",
  near: "one",
  bounds: "one",
  people: "one",
  orientation: "one",
  has_text: "one",
  camera: "one",
  creator: "list",
  made_by: "one",
  credit: "one",
  rights: "one",
  rating: "one",
  max_rating: "one",
  keyword: "list",
  keyword_path: "list",
  filed_under: "one",
  person: "list",
  favorite: "one",
  reviewed: "one",
  without: "list",
  collection: "one",
};
const OWN_FIELD = "field."; // before the name of a field of the library's own; a list, like those above
export const OWN_ORDER = "collection"; // among the orders of the photos: that of the collection
const TEXT_PARAMETERS = ["q", "sort", "interpret", "fold", "photo", "view", "proposal"];

export const urlChanges = new EventTarget();
export let state = parse();

addEventListener("popstate", () => setState(parse()));

function parse(query = location.search) {
  const params = new URLSearchParams(query);
  const parsed = { filters: {} };
  for (const name of TEXT_PARAMETERS) parsed[name] = params.get(name) ?? "";
  const own = [...new Set(params.keys())].filter((name) => name.startsWith(OWN_FIELD));
  for (const name of [...Object.keys(FILTERS), ...own]) {
    const values = params.getAll(name).filter((value) => value.trim());
    if (values.length) parsed.filters[name] = isList(name) ? [...new Set(values)] : values.slice(0, 1);
  }
  return parsed;
}

function isList(name) {
  return FILTERS[name] === "list" || name.startsWith(OWN_FIELD);
}

/**
 * Change the state and the URL. `replace` adds no history entry, as for a word still being typed.
 * New words are read anew, whatever was not to be read from those before, and what looks the same is stacked again.
 */
export function navigate(changes, { replace = false } = {}) {
  const hasNewWords = "q" in changes && changes.q !== state.q;
  const next = { ...state, ...(hasNewWords && { interpret: "", fold: "" }), ...changes };
  const url = urlOf(next);
  if (url === urlOf(state)) return;
  const step = replace ? (history.state?.step ?? 0) : (history.state?.step ?? 0) + 1;
  history[replace ? "replaceState" : "pushState"]({ step }, "", url);
  setState(next);
}

/** Close a photo or a view: back in the history if it was opened from this page, else to the URL without it. */
export function closeView(name) {
  if (!state[name]) return;
  if (history.state?.step) history.back();
  else navigate({ [name]: "", proposal: "" }, { replace: true });
}

function setState(next) {
  const previous = state;
  state = next;
  urlChanges.dispatchEvent(new CustomEvent("change", { detail: { state, previous } }));
}

/** The URL of a state, for links. */
export function urlOf(target) {
  const query = new URLSearchParams(searchParams(target));
  for (const name of ["photo", "view", "proposal"]) if (target[name]) query.append(name, target[name]);
  const text = query.toString();
  return text ? `${basePath}/?${text}` : `${basePath}/`;
}

/** The search in a state as pairs of query parameters. */
export function searchParams({ q, sort, filters, interpret, fold }) {
  const pairs = Object.entries(filters).flatMap(([name, values]) => values.map((value) => [name, value]));
  if (q) pairs.unshift(["q", q]);
  if (sort) pairs.push(["sort", sort]);
  if (q && interpret) pairs.push(["interpret", interpret]);
  if (fold) pairs.push(["fold", fold]);
  return pairs;
}

/** The search in a state as an object, as bodies of requests have it; a name with several values has a list. */
export function searchObject(target) {
  const search = {};
  for (const [name, value] of searchParams(target))
    search[name] = name in search ? [search[name], value].flat() : value;
  return search;
}

export const isSameSearch = (one, other) =>
  String(searchParams(one)) === String(searchParams(other)) && one.order === other.order;

/** The filters with one more value; a single-valued filter is replaced. */
export function withFilter(filters, name, value) {
  const others = isList(name) ? (filters[name] ?? []).filter((each) => each !== value) : [];
  return { ...filters, [name]: [...others, value] };
}

export function withoutFilter(filters, name, value) {
  const remaining = (filters[name] ?? []).filter((each) => each !== value);
  const { [name]: _, ...rest } = filters;
  return remaining.length ? { ...rest, [name]: remaining } : rest;
}

export const hasFilter = (filters, name, value) => (filters[name] ?? []).includes(value);
