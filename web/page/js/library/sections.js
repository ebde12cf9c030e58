/** Sections of photos, of which some are fetched by now: what of them is missing, and where in the whole list a photo is. */

import { PAGE_SIZE } from "./firstPage.js";

/** `holds(photo)` tells whether a photo belongs to the section. */
export function newSection(key, label, count, params, holds = () => true) {
  return { key, label, count, params, holds, items: [] };
}

/** The parts of `from..to` that are not there yet, each a request for one page. */
export function missingPages(section, from, to) {
  const pages = [];
  for (let index = from; index < Math.min(to, section.count); index += 1) {
    if (section.items[index]) continue;
    const pageStart = Math.floor(index / PAGE_SIZE) * PAGE_SIZE;
    const skip = section.items[pageStart] ? index : pageStart;
    if (pages.at(-1)?.skip !== skip) pages.push({ section, skip });
    index = skip + PAGE_SIZE - 1;
  }
  return pages;
}

/** The section of a position in the whole list, and the index there; undefined past the ends. */
export function locate(sections, position) {
  let index = position;
  for (const section of sections) {
    if (index < section.count) return index < 0 ? undefined : { section, index };
    index -= section.count;
  }
  return undefined;
}

/** The position of a photo in the whole list, of those fetched so far; -1 if it is not among them. */
export function positionOf(sections, id) {
  let before = 0;
  for (const section of sections) {
    const index = section.items.findIndex((item) => item?.id === id);
    if (index >= 0) return before + index;
    before += section.count;
  }
  return -1;
}

/** The positions in the whole list of the photos that are hidden. */
export function hiddenPositions(sections) {
  let start = 0;
  return sections.flatMap(({ items, count }) => {
    const first = start;
    start += count;
    return [...items.keys()].filter((index) => items[index]?.hidden).map((index) => first + index);
  });
}
