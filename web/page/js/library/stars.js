/** A rating as stars to see and as words to hear. */

import { h } from "../dom.js";
import { strings } from "../strings.js";

const MOST = 5;

/** The rating of one photo: -1 is rejected. */
export function ratingLabel(rating) {
  if (rating < 0) return strings.rating.rejected;
  const stars = "★".repeat(rating) + "☆".repeat(MOST - rating);
  return spoken(stars, strings.rating.stars(rating));
}

/** The least number of stars as a filter has it, or `none` or `rejected`. */
export function leastRatingLabel(value) {
  const words = strings.rating[value];
  return words ?? spoken("★".repeat(Number(value)), strings.rating.atLeast(value), strings.rating.andUp(value));
}

function spoken(stars, words, visibleWords = "") {
  return [
    h("span", { "aria-hidden": "true" }, h("span", { class: "stars" }, stars), visibleWords),
    h("span", { class: "visually-hidden" }, words),
  ];
}
