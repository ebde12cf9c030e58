/** Why a photo is in the queue, in words, and the fields that each reason is about. */

import { h } from "../dom.js";
import { nameOfField, OWN } from "../photo/ownFieldInputs.js";
import { strings } from "../strings.js";

/** One line for each thing to look at; one that nobody has looked at is all that is left to say. */
export function reasonList({ review }) {
  const lines = [
    ...review.missing_fields.map((name) => strings.reviewReasons.missing(nameOfField(OWN + name))),
    ...review.alt_text.map((fault) => strings.reviewReasons[fault] ?? fault),
    review.tags.length > 0 && strings.reviewReasons.tags(review.tags.join(", ")),
  ].filter(Boolean);
  const all = lines.length ? lines : [strings.reviewReasons.unreviewed];
  return h(
    "ul",
    { class: lines.length ? "reasons" : "reasons plain", "aria-label": strings.reviewWhy },
    all.map((line) => h("li", { dir: "auto" }, line)),
  );
}

/** The fields to correct, those with something to look at first. */
export function fieldsToReview({ review }) {
  const urgent = [
    ...review.missing_fields.map((name) => OWN + name),
    ...(review.alt_text.length ? ["alt_text"] : []),
    ...(review.tags.length ? ["tags"] : []),
  ];
  return [...urgent, ...["title", "alt_text", "caption", "tags"].filter((name) => !urgent.includes(name))];
}
