/** The sections of a listing by date: months, several with few photos together, and years of which no more is known. */

import { formatMonthRange, monthAfter, takenPeriod } from "../formatting.js";
import { strings } from "../strings.js";
import { countOf, isYear, knownPeriods } from "./knownPeriods.js";
import { newSection } from "./sections.js";

const FEW_PHOTOS = 8; // months with fewer photos than this are shown together

/** Sections from the counts by date, in the order of the listing; photos without a date come last. */
export function sectionsByDate(query, params, response) {
  const periods = knownPeriods(response.facets);
  if (query.sort !== "oldest") periods.reverse();
  const sections = groupMonths(periods).map((group) => {
    const [first, last] = [group.first, group.last].sort();
    const holds = (photo) => photo.taken_local && first <= monthOrYear(photo) && monthOrYear(photo) <= last;
    const narrowed = isYear(first) ? withinYear(params, first) : withinMonths(params, first, last);
    return newSection(first, formatMonthRange(first, last), group.count, narrowed, holds);
  });
  const undated = response.total - countOf(periods);
  if (undated > 0) {
    const narrowed = [...params.filter(([name]) => name !== "dated"), ["dated", "false"]];
    sections.push(newSection("undated", strings.noDate, undated, narrowed, (photo) => !photo.taken_local));
  }
  return sections;
}

const monthOrYear = (photo) => takenPeriod(photo).slice(0, 7);

/** Neighbouring months with few photos become one section; a year alone stays one. */
function groupMonths(months) {
  const groups = [];
  for (const { value, count } of months) {
    const previous = groups.at(-1);
    const isSparse = count < FEW_PHOTOS && !isYear(value);
    const fits = isSparse && previous?.isSparse && previous.count + count <= 2 * FEW_PHOTOS;
    if (fits) Object.assign(previous, { last: value, count: previous.count + count });
    else groups.push({ first: value, last: value, count, isSparse });
  }
  return groups;
}

/** The search narrowed to the photos of a year of which no more is known. */
function withinYear(params, year) {
  const others = params.filter(([name]) => name !== "taken_in" && name !== "known_to");
  return [...others, ["taken_in", year], ["known_to", "year"]];
}

/** The search narrowed to a range of months, within the dates it already has. */
function withinMonths(params, first, last) {
  const later = (one, other) => (one && one > other ? one : other);
  const earlier = (one, other) => (one && one < other ? one : other);
  const { taken_after: after, taken_before: before } = Object.fromEntries(params);
  const replaced = ["taken_after", "taken_before", "known_to"];
  return [
    ...params.filter(([name]) => !replaced.includes(name)),
    ["taken_after", later(after, first)],
    ["taken_before", earlier(before, monthAfter(last))],
    ["known_to", "month"],
  ];
}
