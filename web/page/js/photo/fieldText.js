/** What a photo says in a field, as a text to read. */

import { PREFIX, valueLabel } from "../library/ownFields.js";
import { ratingLabel } from "../library/stars.js";
import { strings } from "../strings.js";
import { OWN } from "./ownFieldInputs.js";

const DATE_LENGTHS = { year: 4, month: 7, day: 10, minute: 16, second: 19 };
const SHOWN = {
  rating: ({ rating }) => (rating ? ratingLabel(rating) : ""),
  taken_local: (photo) => takenText(photo),
  location: ({ location }) => (location ? `${location.latitude.toFixed(5)}, ${location.longitude.toFixed(5)}` : ""),
  favorite: ({ favorite }) => (favorite ? strings.answers.yes : ""),
  reviewed: ({ reviewed }) => (reviewed ? strings.answers.yes : ""),
};

/** What a photo, or a PATCH of one, has in a field. */
export function writtenValue(photo, name) {
  return name.startsWith(OWN) ? photo.fields?.[name.slice(OWN.length)] : photo[name];
}

/** The value of a field that people may write, own ones as `fields.NAME`; empty where there is none. */
export function valueText(photo, name) {
  if (name.startsWith(OWN)) return ownText(name.slice(OWN.length), writtenValue(photo, name));
  if (SHOWN[name]) return SHOWN[name](photo);
  return [photo[name] ?? []].flat().join(", ");
}

function ownText(name, value) {
  const label = (each) => valueLabel(PREFIX + name, typeof each === "boolean" ? (each ? "yes" : "no") : String(each));
  return [value ?? []].flat().map(label).join(", ");
}

/** As much of the date as is known, with its offset. */
export function takenText({ taken_local, taken_precision, taken_zone }) {
  if (!taken_local) return "";
  const text = taken_local.slice(0, DATE_LENGTHS[taken_precision] ?? 19);
  return text.length > DATE_LENGTHS.day ? text + (taken_zone ?? "") : text;
}
