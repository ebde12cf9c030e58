/** Where the arrow keys lead on the wall of photos: from one place to another, over the rows as they are laid out. */

import { across, firstBeyond } from "./layout.js";

/** The place a key leads to from `{section, index}`, the same form; undefined for keys that do not walk. */
export function walked(sections, from, key, { rtl, gap }) {
  if (!sections[from.section]?.plan) return undefined;
  if (key === "ArrowRight" || key === "ArrowLeft")
    return beside(sections, from, (key === "ArrowRight") !== rtl ? 1 : -1);
  if (key === "ArrowDown") return below(sections, from, 1, gap);
  if (key === "ArrowUp") return below(sections, from, -1, gap);
  if (key === "Home") return { section: 0, index: 0 };
  if (key !== "End") return undefined;
  const section = sections.length - 1;
  return { section, index: count(sections[section]) - 1 };
}

/** How many photos of a section are shown. */
const count = (section) => section.shown?.length ?? section.count;

function beside(sections, { section, index }, by) {
  const next = index + by;
  if (next < 0)
    return section > 0 ? { section: section - 1, index: count(sections[section - 1]) - 1 } : { section, index };
  if (next < count(sections[section])) return { section, index: next };
  return section < sections.length - 1 ? { section: section + 1, index: 0 } : { section, index };
}

/** The photo of the next row that stands nearest under the middle of this one. */
function below(sections, { section, index }, by, gap) {
  const here = sections[section];
  const at = firstBeyond(here.plan.rows, index, (row) => row.to);
  const goal = middle(places(here, here.plan.rows[at], gap).find((place) => place.index === index));
  const near = here.plan.rows[at + by];
  const number = near ? section : section + by;
  const rows = sections[number]?.plan.rows ?? [];
  const row = near ?? (by > 0 ? rows[0] : rows.at(-1));
  if (!row) return { section, index };
  const distance = (place) => Math.abs(middle(place) - goal);
  const nearest = places(sections[number], row, gap).reduce((best, place) =>
    distance(place) < distance(best) ? place : best,
  );
  return { section: number, index: nearest.index };
}

const places = (section, row, gap) => across(section.laid, row, { width: section.width, gap });
const middle = ({ left, width }) => left + width / 2;
