/**
 * The sections of the grid laid out below each other, in pixels.
 *
 * Each section of the search results gets its `layout`: `{top, height, headingHeight, width, rows, items}`,
 * and `visibleIndexes`, the indexes of the photos that are not hidden; null while none is.
 */

import { firstEndingAfter, justifyRows, positionsInRow } from "./justifiedRows.js";

export const GAP = 6; // pixels between photos
export const HEADING_HEIGHT = 52; // pixels above the rows of a section that has a heading
export const SECTION_SPACING = 26; // pixels below a section

/** Lay out all sections, or only the one that changed, and stack them. Returns the height of them all. */
export function layOutSections(sections, width, changedSection) {
  const targetHeight = Math.min(300, Math.max(108, width / (width < 600 ? 3.1 : 5.2)));
  let top = 0;
  for (const section of sections) {
    if (!changedSection || changedSection === section || !section.layout) layOut(section, width, targetHeight);
    section.layout.top = top;
    section.layout.width = width;
    top += section.layout.height;
  }
  return top;
}

function layOut(section, width, targetHeight) {
  const headingHeight = section.label ? HEADING_HEIGHT : GAP; // in which the outline of a focused photo is seen
  section.visibleIndexes = section.items.some((item) => item?.hidden) ? visibleIndexes(section) : null;
  const items = section.visibleIndexes?.map((index) => section.items[index]) ?? section.items;
  const { rows, height } = justifyRows(items, visibleCount(section), { width, targetHeight, gap: GAP });
  section.layout = {
    rows,
    items,
    headingHeight,
    height: rows.length ? headingHeight + height + SECTION_SPACING : 0,
  };
}

function visibleIndexes(section) {
  const indexes = [];
  for (let index = 0; index < section.count; index += 1) if (!section.items[index]?.hidden) indexes.push(index);
  return indexes;
}

/** How many photos of a section are not hidden. */
export const visibleCount = (section) => section.visibleIndexes?.length ?? section.count;

/** The index in the section of its n-th visible photo. */
export const itemIndex = (section, visibleIndex) => section.visibleIndexes?.[visibleIndex] ?? visibleIndex;

/** The index of the first section that ends below `offset`. */
export const sectionIndexAt = (sections, offset) =>
  firstEndingAfter(sections, offset, ({ layout }) => (layout ? layout.top + layout.height : 0));

/** The index of the row that has a photo. */
export const rowIndexOf = ({ layout }, index) => firstEndingAfter(layout.rows, index, (row) => row.to);

/** The index of the first row that ends below `offset`. */
export const rowIndexAt = ({ layout }, offset) =>
  firstEndingAfter(layout.rows, offset - rowsTop(layout), (row) => row.top + row.height);

/** Where the rows of a section start. */
export const rowsTop = (layout) => layout.top + layout.headingHeight;

/** Where the row that has a photo starts. */
export function topOfPhoto(section, index) {
  if (!section?.layout) return 0;
  return rowsTop(section.layout) + (section.layout.rows[rowIndexOf(section, index)]?.top ?? 0);
}

/** The photos of a row: `[{index, left, width}]`. */
export const photosInRow = ({ layout }, row) => positionsInRow(layout.items, row, { width: layout.width, gap: GAP });
