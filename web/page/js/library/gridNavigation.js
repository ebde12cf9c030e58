/** Moving through the photo grid with the arrow keys, Home and End. */

import { photosInRow, rowIndexOf, visibleCount } from "./gridLayout.js";

/** The photo a key leads to from `{section, index}`, in the same form; undefined for keys that do not move. */
export function photoAfterKey(sections, from, key, { rtl }) {
  if (!sections[from.section]?.layout) return undefined;
  if (key === "ArrowRight" || key === "ArrowLeft") {
    return neighbour(sections, from, (key === "ArrowRight") !== rtl ? 1 : -1);
  }
  if (key === "ArrowDown") return inNextRow(sections, from, 1);
  if (key === "ArrowUp") return inNextRow(sections, from, -1);
  if (key === "Home") return { section: 0, index: 0 };
  if (key !== "End") return undefined;
  return lastOf(sections, sections.length - 1);
}

const lastOf = (sections, section) => ({ section, index: visibleCount(sections[section]) - 1 });

function neighbour(sections, { section, index }, step) {
  const next = index + step;
  if (next < 0) return section > 0 ? lastOf(sections, section - 1) : { section, index };
  if (next < visibleCount(sections[section])) return { section, index: next };
  return section < sections.length - 1 ? { section: section + 1, index: 0 } : { section, index };
}

/** The photo of the next row whose middle is nearest to the middle of this one. */
function inNextRow(sections, { section, index }, step) {
  const current = sections[section];
  const rowIndex = rowIndexOf(current, index);
  const middle = middleOf(photosInRow(current, current.layout.rows[rowIndex]).find((photo) => photo.index === index));
  const rowInSection = current.layout.rows[rowIndex + step];
  const nextSection = rowInSection ? section : section + step;
  const rows = sections[nextSection]?.layout.rows ?? [];
  const row = rowInSection ?? (step > 0 ? rows[0] : rows.at(-1));
  if (!row) return { section, index };
  const distance = (photo) => Math.abs(middleOf(photo) - middle);
  const nearest = photosInRow(sections[nextSection], row).reduce((best, photo) =>
    distance(photo) < distance(best) ? photo : best,
  );
  return { section: nextSection, index: nearest.index };
}

const middleOf = ({ left, width }) => left + width / 2;
