/**
 * The photos a search finds, as sections that are fetched piece by piece as they are needed.
 *
 * Listed by date, each section is a month (or several sparse ones), so any place of a large
 * library is a short step away; ranked by relevance there is one section without a heading.
 */

import { get, Problem } from "./api.js";
import { monthAfter, span } from "./dates.js";
import { searchPairs } from "./state.js";
import { words } from "./strings.js";

export const PAGE = 60; // photos in one request
const DEEPEST = 100_000; // the service skips no further
const MOST_AT_ONCE = 3;
const SPARSE = 8; // months with fewer photos than this are shown together
const BY_CLOCK = { headers: { "X-Timezone": "UTC" } }; // a camera's clock without a zone is kept as UTC

/** What the grid needs of a photo: the rest is fetched when it is opened. */
function slim({ id, path, title, alt_text, width, height }) {
  return { id, title: title || path.split("/").pop(), alt: alt_text || title || path.split("/").pop(), width, height };
}

export class Library extends EventTarget {
  total = 0;
  facets = {};
  sections = [];
  search = null;
  #generation = 0;
  #wanted = [];
  #underway = new Map();
  #gone = new Set();

  /** Start a search; the newest call wins, if `accept` takes what it found. Resolves to whether it did. */
  async open(search, { signal, mode, accept = () => true } = {}) {
    const generation = ++this.#generation;
    const pairs = searchPairs(search);
    const first = [...pairs, ["top", PAGE], ...(mode ? [["mode", mode]] : [])];
    const found = await get("/api/search", first, { ...BY_CLOCK, signal });
    if (generation !== this.#generation || !accept(found)) return false;
    this.#begin(search, pairs, found, mode);
    this.dispatchEvent(new Event("opened"));
    return true;
  }

  #begin(search, pairs, found, mode) {
    for (const [, abort] of this.#underway) abort.abort();
    this.#underway.clear();
    this.#wanted = [];
    this.search = search;
    this.total = found.total;
    this.facets = found.facets;
    this.sections = search.q
      ? [section("all", "", Math.min(found.total, DEEPEST), mode ? [...pairs, ["mode", mode]] : pairs)]
      : byDate(search, pairs, found);
    this.#place(found.photos);
    // Photos that look alike are shown once, so there can be fewer than were counted.
    if (search.q && found.photos.length < PAGE) this.#shorten(this.sections[0], found.photos.length);
  }

  /** The first page reaches over as many sections as it fills. */
  #place(photos) {
    let from = 0;
    for (const each of this.sections) {
      for (const photo of photos.slice(from, from + each.count)) each.items.push(this.#slim(photo));
      from += each.count;
      if (from >= photos.length) return;
    }
  }

  #slim(photo) {
    return { ...slim(photo), gone: this.#gone.has(photo.id) };
  }

  /** Say which photos are needed now: `[{section, from, to}]`, the most urgent first. What is not asked for is dropped. */
  need(ranges) {
    this.#wanted = ranges.flatMap(({ section: each, from, to }) => missing(each, from, to));
    this.#work();
  }

  #work() {
    while (this.#wanted.length && this.#underway.size < MOST_AT_ONCE) {
      const next = this.#wanted.shift();
      const key = `${next.section.key}:${next.skip}`;
      if (!this.#underway.has(key)) this.#fetch(key, next);
    }
  }

  async #fetch(key, { section: each, skip }) {
    const abort = new AbortController();
    this.#underway.set(key, abort);
    try {
      const pairs = [...each.pairs, ["top", PAGE], ["skip", each.offset + skip], ["facets", "false"]];
      const { photos } = await get("/api/search", pairs, { ...BY_CLOCK, signal: abort.signal });
      photos.slice(0, each.count - skip).forEach((photo, index) => (each.items[skip + index] = this.#slim(photo)));
      if (photos.length < Math.min(PAGE, each.count - skip)) this.#shorten(each, skip + photos.length);
      this.dispatchEvent(new CustomEvent("loaded", { detail: each }));
    } catch (error) {
      if (error instanceof Problem) this.dispatchEvent(new CustomEvent("failed", { detail: error }));
    } finally {
      if (this.#underway.get(key) === abort) this.#underway.delete(key);
      this.#work();
    }
  }

  /** The section is shorter than it was thought to be. */
  #shorten(each, count) {
    if (count >= each.count) return;
    this.total -= each.count - count;
    each.count = count;
    each.items.length = Math.min(each.items.length, count);
  }

  /** One photo by its place in the whole list, fetched if need be; undefined past the ends. */
  async at(place) {
    const { section: each, index } = this.locate(place) ?? {};
    if (!each) return undefined;
    for (let tries = 0; !each.items[index] && tries < 40; tries += 1) {
      if (index >= each.count) return undefined;
      this.#wanted.unshift(...missing(each, index, index + 1));
      this.#work();
      await new Promise((resolve) => {
        this.addEventListener("loaded", resolve, { once: true });
        this.addEventListener("failed", resolve, { once: true });
      });
    }
    return each.items[index];
  }

  locate(place) {
    for (const each of this.sections) {
      if (place < each.count) return place < 0 ? undefined : { section: each, index: place };
      place -= each.count;
    }
    return undefined;
  }

  /** Where a photo stands in the whole list, of those fetched so far; -1 if it does not. */
  placeOf(id) {
    let before = 0;
    for (const each of this.sections) {
      const index = each.items.findIndex((item) => item?.id === id);
      if (index >= 0) return before + index;
      before += each.count;
    }
    return -1;
  }

  get length() {
    return this.sections.reduce((sum, each) => sum + each.count, 0);
  }

  /** Hide a photo that is about to be deleted, or show it again. */
  hide(id, gone = true) {
    this.#gone[gone ? "add" : "delete"](id);
    for (const each of this.sections) {
      for (const item of each.items) if (item?.id === id) item.gone = gone;
    }
    this.total += gone ? -1 : 1;
    this.dispatchEvent(new Event("changed"));
  }

  /** The photo is deleted: later ones move up. */
  drop(id) {
    for (const each of this.sections) {
      const index = each.items.findIndex((item) => item?.id === id);
      if (index < 0) continue;
      each.items.splice(index, 1);
      each.count -= 1;
    }
    this.dispatchEvent(new Event("changed"));
  }
}

function section(key, label, count, pairs, offset = 0) {
  return { key, label, count, pairs, offset, items: [] };
}

/** The pieces of `from..to` that are not there yet, each a request of one page. */
function missing(each, from, to) {
  const found = [];
  for (let index = from; index < Math.min(to, each.count); index += 1) {
    if (each.items[index]) continue;
    const skip = Math.floor(index / PAGE) * PAGE;
    const start = each.items[skip] ? index : skip;
    if (found.at(-1)?.skip !== start) found.push({ section: each, skip: start });
    index = start + PAGE - 1;
  }
  return found;
}

/** Sections from the counts by month, in the order of the listing; what has no month comes last. */
function byDate(search, pairs, found) {
  const months = found.facets.month.filter((month) => month.count).sort((a, b) => (a.value < b.value ? -1 : 1));
  if (search.sort !== "oldest") months.reverse();
  const sections = together(months).map((each) => {
    const [first, last] = [each.first, each.last].sort();
    return section(first, span(first, last), each.count, within(pairs, first, monthAfter(last)));
  });
  const dated = months.reduce((sum, month) => sum + month.count, 0);
  if (found.total > dated) sections.push(section("rest", words.undated, found.total - dated, pairs, dated));
  return sections;
}

/** Neighbouring months with few photos become one section. */
function together(months) {
  const groups = [];
  for (const { value, count } of months) {
    const open = groups.at(-1);
    const sparse = count < SPARSE;
    const fits = sparse && open?.sparse && open.count + count <= 2 * SPARSE;
    if (fits) Object.assign(open, { last: value, count: open.count + count });
    else groups.push({ first: value, last: value, count, sparse });
  }
  return groups;
}

/** The search narrowed to a span of months, within the dates it already has. */
function within(pairs, from, to) {
  const later = (one, other) => (one && one > other ? one : other);
  const earlier = (one, other) => (one && one < other ? one : other);
  const had = Object.fromEntries(pairs);
  const rest = pairs.filter(([name]) => name !== "taken_after" && name !== "taken_before");
  return [...rest, ["taken_after", later(had.taken_after, from)], ["taken_before", earlier(had.taken_before, to)]];
}
