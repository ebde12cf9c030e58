/** Sections of photos, of which some are fetched by now: what of them is missing, and where in the whole list a photo is. */

import { PAGE_SIZE } from "./firstPage.js";

/** `holds(photo)` tells whether a photo belongs to the section. */
export function newSection(key, label, count, params, holds = () => true) {
  return { key, label, count, params, holds, items: [] };
}

/** Add the first photos, which may begin several sections. */
export function addFirstPage(sections, photos, toItem) {
  for (const photo of photos) {
    const section = sections.find(({ holds }) => holds(photo));
    if (section?.items.length < section?.count) section.items.push(toItem(photo));
  }
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

/** Give what is known of a photo other values, wherever it is. */
export function changeItem(sections, id, changes) {
  for (const section of sections) {
    section.items = section.items.map((item) => (item?.id === id ? { ...item, ...changes } : item));
  }
}

/** Hide photos, or show them again. */
export function hideItems(sections, ids, hidden = true) {
  for (const { items } of sections) for (const item of items) if (ids.has(item?.id)) item.hidden = hidden;
}

/** Take a photo out: later ones move up. */
export function removeItem(sections, id) {
  for (const section of sections) {
    const index = section.items.findIndex((item) => item?.id === id);
    if (index < 0) continue;
    section.items.splice(index, 1);
    section.count -= 1;
  }
}

/** The photos of a list with these before another one, or at the end. */
export function reorderedItems(items, ids, before) {
  const moving = new Set(ids);
  const moved = ids.map((id) => items.find((item) => item?.id === id)).filter(Boolean);
  const rest = items.filter((item) => !moving.has(item?.id));
  const place = before ? rest.findIndex((item) => item?.id === before) : rest.length;
  return [...rest.slice(0, place), ...moved, ...rest.slice(place)];
}

/** The section turned out to show fewer photos than were counted, as some stand for others. */
export function shorten(section, count) {
  if (count >= section.count) return;
  section.count = count;
  section.items.length = Math.min(section.items.length, count);
}
