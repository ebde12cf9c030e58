/** What the address bar says: the search, its filters, and the photo or view on top. */

/** The filters `/api/search` takes; a list may hold several values. */
export const FILTERS = {
  tag: "list",
  any_tag: "list",
  color: "list",
  country: "one",
  city: "one",
  place: "one",
  folder: "one",
  taken_in: "one",
  taken_after: "one",
  taken_before: "one",
  near: "one",
  people: "one",
  orientation: "one",
  has_text: "one",
  camera: "one",
};
const PLAIN = ["q", "sort", "photo", "view"];

export const changed = new EventTarget();
export let state = read();

addEventListener("popstate", () => become(read()));

function read(query = location.search) {
  const given = new URLSearchParams(query);
  const found = { filters: {} };
  for (const name of PLAIN) found[name] = given.get(name) ?? "";
  for (const name of Object.keys(FILTERS)) {
    const values = given.getAll(name).filter((value) => value.trim());
    if (values.length) found.filters[name] = FILTERS[name] === "list" ? [...new Set(values)] : values.slice(0, 1);
  }
  return found;
}

/** Change what the address says. `replace` leaves no step back, for a word still being typed. */
export function go(changes, { replace = false } = {}) {
  const next = { ...state, ...changes };
  const url = address(next);
  if (url === address(state)) return;
  const step = replace ? (history.state?.step ?? 0) : (history.state?.step ?? 0) + 1;
  history[replace ? "replaceState" : "pushState"]({ step }, "", url);
  become(next);
}

/** Leave a photo or a view: a step back if we came by a step, else to the plain address. */
export function leave(name) {
  if (!state[name]) return;
  if (history.state?.step) history.back();
  else go({ [name]: "" }, { replace: true });
}

function become(next) {
  const before = state;
  state = next;
  changed.dispatchEvent(new CustomEvent("change", { detail: { state, before } }));
}

/** The address of a state, as a link can carry it. */
export function address(of) {
  const query = new URLSearchParams(searchPairs(of));
  for (const name of ["photo", "view"]) if (of[name]) query.append(name, of[name]);
  const text = query.toString();
  return text ? `/?${text}` : "/";
}

/** The search in a state as query parameters. */
export function searchPairs({ q, sort, filters }) {
  const pairs = Object.entries(filters).flatMap(([name, values]) => values.map((value) => [name, value]));
  if (q) pairs.unshift(["q", q]);
  if (sort) pairs.push(["sort", sort]);
  return pairs;
}

export const sameSearch = (one, other) => String(searchPairs(one)) === String(searchPairs(other));

/** The filters with one value more; a single-valued filter is replaced. */
export function withFilter(filters, name, value) {
  const had = FILTERS[name] === "list" ? (filters[name] ?? []).filter((each) => each !== value) : [];
  return { ...filters, [name]: [...had, value] };
}

export function withoutFilter(filters, name, value) {
  const left = (filters[name] ?? []).filter((each) => each !== value);
  const { [name]: _, ...rest } = filters;
  return left.length ? { ...rest, [name]: left } : rest;
}

export const hasFilter = (filters, name, value) => (filters[name] ?? []).includes(value);
