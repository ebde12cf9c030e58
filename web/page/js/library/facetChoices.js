/** The values of a facet that are offered, from the counts of the server. */

import { hasFilter, state } from "../urlState.js";
import { inTreeOrder, parentOf, pathsTo } from "./keywordPaths.js";
import { knownPeriods } from "./knownPeriods.js";
import { isOwnField, NONE, ownFields, PREFIX } from "./ownFields.js";

const COUNTED = 50; // values of an own field that the server counts

const CHOICES_OF_FACET = {
  people: peopleChoices,
  rating: ratingChoices,
  reviewed: reviewedChoices,
  keyword_paths: pathChoices,
};

/** `{value, count}` of each choice; `total` is how many photos the counts are of. */
export function facetChoices(facet, facets, total) {
  if (facet === "month") return knownPeriods(facets).reverse();
  const counted = (facets[facet] ?? [])
    .filter((each) => each.count)
    .map(({ value, count }) => ({ value: String(value), count }));
  if (isOwnField(facet)) return ownChoices(facet, counted, total);
  return CHOICES_OF_FACET[facet]?.(counted, total) ?? counted;
}

/** The values, and the photos without one, which no count has; of a list that several values share it cannot be told. */
function ownChoices(facet, values, total) {
  const { type = "multi-choice" } = ownFields.find(facet.slice(PREFIX.length)) ?? {};
  const none = total - sum(values);
  const isKnown = type !== "multi-choice" && values.length < COUNTED;
  return isKnown && none > 0 ? [...values, { value: NONE, count: none }] : values;
}

/** None or some. */
function peopleChoices(values) {
  const none = values.find((each) => each.value === "0")?.count ?? 0;
  const some = sum(values) - none;
  return [
    { value: "some", count: some },
    { value: "none", count: none },
  ].filter((each) => each.count);
}

/** At least so many stars, the most first; the rejected ones; and those nobody has rated, which no count has. */
function ratingChoices(values, total) {
  const rated = values.filter((each) => Number(each.value) > 0).sort((a, b) => b.value - a.value);
  const stars = rated.map(({ value }, index) => ({ value, count: sum(rated.slice(0, index + 1)) }));
  const rejected = values.filter((each) => each.value === "-1").map(({ count }) => ({ value: "rejected", count }));
  const none = total - sum(rated) - sum(rejected);
  const isOffered = none > 0 && (stars.length || rejected.length || hasFilter(state.filters, "rating", "none"));
  return [...stars, ...rejected, ...(isOffered ? [{ value: "none", count: none }] : [])];
}

/** Reviewed or not: one that no count has was never reviewed, as photos that are older than the mark. */
function reviewedChoices(values, total) {
  const reviewed = values.find((each) => each.value.toLowerCase() === "true")?.count ?? 0;
  return [
    { value: "true", count: reviewed },
    { value: "false", count: total - reviewed },
  ].filter((each) => each.count > 0);
}

/** The widest keywords, and those just below a path that is chosen. */
function pathChoices(values) {
  const open = new Set((state.filters.keyword_path ?? []).flatMap(pathsTo));
  return inTreeOrder(values).filter(({ value }) => !parentOf(value) || open.has(parentOf(value)));
}

const sum = (values) => values.reduce((total, each) => total + each.count, 0);
