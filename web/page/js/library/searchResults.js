/**
 * The photos a search finds, as sections that are fetched page by page as they are needed.
 *
 * Sorted by date, each section is a month (or several with few photos), or the photos of which only the
 * year is known, so any part of a large library is one request away; sorted by relevance there is one
 * section without a heading, of the photos that are likely meant, and one of those less likely once it is opened.
 */

import { ApiError } from "../api.js";
import { keepLinks } from "../imageLinks.js";
import { commonLanguage, UNKNOWN } from "../languages.js";
import { strings } from "../strings.js";
import { searchParams } from "../urlState.js";
import { sectionsByDate } from "./dateSections.js";
import { firstPage, PAGE_SIZE } from "./firstPage.js";
import { splitByLikelihood } from "./likelihood.js";
import { PageRequests } from "./pageRequests.js";
import { summary } from "./photoSummary.js";
import { searchPage } from "./pictureSearch.js";
import {
  addFirstPage,
  changeItem,
  hiddenPositions,
  hideItems,
  locate,
  missingPages,
  newSection,
  positionOf,
  removeItem,
  reorderedItems,
  shorten,
} from "./sections.js";

const MAX_SKIP = 100_000; // the search service skips no further
const INDEX_LAG = 60_000; // milliseconds for which a search may still find what was deleted

/**
 * Fires `searched`, `pageloaded` (with its section), `pagefailed` (with the error), `changed` and `counted`.
 */
export class SearchResults extends EventTarget {
  total = 0;
  isExact = true; // whether there are no more than `total`
  facets = {};
  sections = [];
  language = UNKNOWN; // of the tags, if the first photos are described in one
  interpreted = {}; // filters that the words of the search mean
  latest = null; // the response, and its path if it was a plain search
  query = null; // {q, sort, filters, interpret, picture} of these results
  #generation = 0;
  #requests = new PageRequests((page, signal) => this.#fetchPage(page, signal));
  #hidden = new Map(); // until when, by the ids of photos that are deleted, or about to be
  #lessLikely = null; // the section of photos that are less likely, which is among the others once it is opened

  /** Search; the newest call wins, if `accept` takes its response. Resolves to whether it did. */
  async search(query, { signal, how = {}, accept = () => true } = {}) {
    const generation = ++this.#generation;
    const params = [...searchParams(query), ...Object.entries(how)];
    const page = firstPage(params);
    const { links, seconds, ...response } = await searchPage(page, query, { signal });
    if (generation !== this.#generation || !accept(response)) return false;
    if (links) keepLinks(links, seconds);
    this.#replace(query, params, response);
    const isWhole = !query.picture && !query.order && !Object.keys(how).length;
    const path = isWhole ? `/api/search?${new URLSearchParams(page)}` : "";
    this.latest = { path, response };
    this.dispatchEvent(new Event("searched"));
    return true;
  }

  #replace(query, params, response) {
    this.#requests.cancel();
    this.query = query;
    this.total = response.total;
    this.isExact = response.total_is_exact !== false;
    this.facets = response.facets;
    this.interpreted = response.interpreted?.filters ?? {};
    this.language = commonLanguage(response.photos);
    const isRanked = query.q || query.picture;
    this.sections =
      isRanked || query.order
        ? [newSection("all", "", Math.min(response.total, MAX_SKIP), params)]
        : sectionsByDate(query, params, response);
    this.#lessLikely = null;
    if (query.order) this.sections[0].items = this.#listed(response.photos, Math.min(PAGE_SIZE, this.total));
    else if (isRanked) this.#addRanked(response, params);
    else addFirstPage(this.sections, response.photos, (photo) => this.#item(photo));
  }

  /** The first page of a search with words: the likely photos, and perhaps the first of those after them. */
  #addRanked(response, params) {
    const [section] = this.sections;
    const count = Math.min(response.less_likely ?? 0, MAX_SKIP - section.count);
    if (count > 0) this.#lessLikely = { ...newSection("less", strings.lessLikely, count, params), after: section };
    const { likely, others } = splitByLikelihood(response.photos);
    section.items = likely.slice(0, section.count).map((photo) => this.#item(photo));
    // Photos that look the same are shown once, so there can be fewer than were counted.
    if (response.photos.length < PAGE_SIZE || others.length) shorten(section, likely.length);
    if (!this.#lessLikely) return;
    this.#lessLikely.items = others.map((photo) => this.#item(photo, this.#lessLikely));
    if (response.photos.length < PAGE_SIZE) shorten(this.#lessLikely, others.length);
  }

  /** How many photos of the total lie below those fetched so far that look the same. */
  get stacked() {
    const shown = this.sections.filter((section) => section !== this.#lessLikely).flatMap(({ items }) => items);
    return shown.reduce((sum, item) => sum + Math.max(0, (item?.stack.length ?? 0) - 1), 0);
  }

  /** The photos that look the same as this one, with it; empty where none does. */
  stackOf(id) {
    const items = this.sections.flatMap(({ items }) => items);
    return items.find((item) => item?.stack.some((each) => each.id === id))?.stack ?? [];
  }

  /** How many photos are less likely and not shown. */
  get lessLikely() {
    return this.#lessLikely && !this.sections.includes(this.#lessLikely) ? this.#lessLikely.count : 0;
  }

  /** Show the less likely photos as well, below the others. */
  showLessLikely() {
    if (this.lessLikely) this.sections = [...this.sections.filter(({ count }) => count), this.#lessLikely];
    this.dispatchEvent(new Event("changed"));
  }

  /** A page of a list: photos in the trash keep their places there, and are hidden here. */
  #listed(photos, count) {
    const items = photos.map((photo) => this.#item(photo));
    while (items.length < count) items.push({ id: "", stack: [], hidden: true });
    return items;
  }

  /** Put photos of a list that is shown in its own order before another one, or at its end. */
  reorder(ids, before) {
    const [section] = this.sections;
    section.items = reorderedItems(section.items, ids, before);
    this.dispatchEvent(new Event("changed"));
  }

  #item(photo, section = null) {
    return { ...summary(photo), hidden: this.isHidden(photo.id), isLessLikely: Boolean(section?.after) };
  }

  /** Say which photos are needed now: `[{section, from, to}]`, the most urgent first. Earlier calls are forgotten. */
  need(ranges) {
    this.#requests.need(ranges.flatMap(({ section, from, to }) => missingPages(section, from, to)));
  }

  async #fetchPage({ section, skip }, signal) {
    try {
      const before = section.after?.count ?? 0;
      const params = [...firstPage(section.params), ["skip", before + skip], ["facets", "false"]];
      const page = await searchPage(params, this.query, { signal });
      if (page.links) keepLinks(page.links, page.seconds);
      if (this.query.order) {
        const items = this.#listed(page.photos, Math.min(PAGE_SIZE, section.count - skip));
        for (const [index, item] of items.entries()) section.items[skip + index] = item;
        this.dispatchEvent(new CustomEvent("pageloaded", { detail: section }));
        return;
      }
      const photos = section.after || !this.query.q ? page.photos : splitByLikelihood(page.photos).likely;
      photos.slice(0, section.count - skip).forEach((photo, index) => {
        section.items[skip + index] = this.#item(photo, section);
      });
      if (photos.length < Math.min(PAGE_SIZE, section.count - skip)) shorten(section, skip + photos.length);
      this.dispatchEvent(new CustomEvent("pageloaded", { detail: section }));
    } catch (error) {
      if (error instanceof ApiError) this.dispatchEvent(new CustomEvent("pagefailed", { detail: error }));
    }
  }

  /** One photo by its position in the whole list, fetched if need be; undefined past the ends. */
  async photoAt(position) {
    const { section, index } = locate(this.sections, position) ?? {};
    if (!section) return undefined;
    for (let tries = 0; !section.items[index] && tries < 40; tries += 1) {
      if (index >= section.count) return undefined;
      this.#requests.needFirst(missingPages(section, index, index + 1));
      await new Promise((resolve) => {
        this.addEventListener("pageloaded", resolve, { once: true });
        this.addEventListener("pagefailed", resolve, { once: true });
      });
    }
    return section.items[index];
  }

  /** The position of a photo in the whole list, of those fetched so far; -1 if it is not among them. */
  positionOf(id) {
    return positionOf(this.sections, id);
  }

  /** How many photos that are not hidden come before one, and how many there are in all. */
  placeOf(id) {
    const position = this.positionOf(id);
    const hidden = hiddenPositions(this.sections);
    const before = position - hidden.filter((each) => each < position).length;
    return { before, total: this.length - hidden.length };
  }

  get length() {
    return this.sections.reduce((sum, section) => sum + section.count, 0);
  }

  /** Hide a photo that is about to be deleted, or show it again. */
  hide(id, hidden = true) {
    if (hidden) this.#hidden.set(id, Number.POSITIVE_INFINITY);
    else this.#hidden.delete(id);
    hideItems(this.sections, new Set([id]), hidden);
    const isLessLikely = this.#lessLikely?.items.some((item) => item?.id === id);
    if (!isLessLikely) this.total += hidden ? -1 : 1;
    this.dispatchEvent(new Event("changed"));
  }

  /** Hide several that are about to go, until the search is asked again. */
  hideAll(ids) {
    const gone = new Set(ids);
    hideItems(this.sections, gone);
    this.total -= gone.size;
    this.dispatchEvent(new Event("changed"));
  }

  /** Whether a photo has been deleted, or is about to be. */
  isHidden(id) {
    return this.#hidden.get(id) > Date.now();
  }

  /** Somebody has put a photo back: from now on a search shows it. */
  showAgain(id) {
    this.#hidden.delete(id);
  }

  /** What is said of a photo has changed. */
  update(photo) {
    const { id, title, alt, lang, favorite, rating } = summary(photo);
    this.replace(id, { title, alt, lang, favorite, rating });
  }

  /** The photo has another id and path. */
  replace(id, photo) {
    changeItem(this.sections, id, photo);
    this.dispatchEvent(new Event("changed"));
  }

  /** The photo is deleted: later ones move up. */
  remove(id) {
    this.#hidden.set(id, Date.now() + INDEX_LAG);
    removeItem(this.sections, id);
    this.dispatchEvent(new Event("changed"));
  }
}
