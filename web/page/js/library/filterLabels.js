/** Filters and colours as people read them. */

import { collections } from "../collections/collections.js";
import { h } from "../dom.js";
import { formatPeriod } from "../formatting.js";
import { strings } from "../strings.js";
import { fieldLabel, isOwnField, valueLabel } from "./ownFields.js";

const MAX_LABEL = 60; // characters of a licence on a chip

/** A filter and its value in words. */
export function filterLabel(name, value) {
  if (isOwnField(name)) return `${fieldLabel(name)}: ${valueLabel(name, value)}`;
  if (name === "taken_in") return formatPeriod(value);
  if (name === "taken_after") return strings.after(formatPeriod(value));
  if (name === "taken_before") return strings.before(formatPeriod(value));
  if (name === "dated") return strings.dated[value] ?? value;
  if (name === "known_to") return strings.knownTo[value] ?? value;
  if (name === "people") return strings.people[value] ?? strings.people.atLeast(value);
  if (name === "orientation") return strings.orientation[value] ?? value;
  if (name === "has_text") return strings.hasText[value] ?? value;
  if (name === "color") return strings.colors[value.toLowerCase()] ?? value;
  if (name === "folder") return value || strings.topFolder;
  if (name === "any_tag") return strings.anyTag(value);
  if (name === "near") return nearLabel(value);
  if (name === "bounds") return strings.inArea;
  if (name === "rating") return strings.rating[value] ?? strings.rating.atLeast(value);
  if (name === "max_rating") return strings.rating.atMost(value);
  if (name === "made_by") return strings.madeBy(value);
  if (name === "filed_under") return strings.filedUnder(value);
  if (name === "favorite") return strings.isFavorite[value] ?? value;
  if (name === "reviewed") return strings.isReviewed[value] ?? value;
  if (name === "without") return strings.without(value);
  if (name === "collection") return strings.inCollection(collections.find(value)?.name ?? value);
  if (name === "rights") return strings.rights(shorten(value));
  return value;
}

const shorten = (text) => (text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL)}…` : text);

function nearLabel(value) {
  const [latitude, longitude, km = "10"] = value.split(",");
  return strings.near(`${Number(latitude).toFixed(2)}, ${Number(longitude).toFixed(2)}`, Number(km));
}

/** A dot in a colour, if the browser knows the colour's name; else nothing. */
export function colorSwatch(name) {
  const color = name.replace(/[\s-]/g, "").replace(/^brown$/i, "saddlebrown"); // what browsers call brown is a red
  if (!/^[a-z]+$/i.test(color) || !CSS.supports("color", color)) return false;
  const dot = h("i", { class: "swatch", "aria-hidden": "true" });
  dot.style.backgroundColor = color;
  return dot;
}
