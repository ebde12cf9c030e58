/**
 * The fields that this library has of its own, and how people read them in the browser's language.
 *
 * They are asked for when the first of them turns up: a library without any costs no request.
 */

import { get } from "../api.js";
import { formatNumber, strings } from "../strings.js";

export const DECIMAL = formatNumber(0.5)[1]; // the sign before decimals in the language of the page
export const PREFIX = "field."; // before its name, in filters and facets
export const NONE = "none"; // what a filter says of photos without a value

class OwnFields extends EventTarget {
  #fields = new Map();
  #loading = null;

  /** Know the definitions; fires `loaded` when they come. Without them names stand for labels. */
  load() {
    this.#loading ??= get("/api/catalogue")
      .then(({ fields }) => {
        this.#fields = new Map(fields.map((field) => [field.name, field]));
        this.dispatchEvent(new Event("loaded"));
      })
      .catch(() => {
        this.#loading = null;
      });
    return this.#loading;
  }

  /** Ask again, as others count by now. */
  reload() {
    this.#loading = null;
    return this.load();
  }

  /** The definitions, in the order of the library. */
  all() {
    return [...this.#fields.values()];
  }

  find(name) {
    return this.#fields.get(name);
  }
}

export const ownFields = new OwnFields();

export const isOwnField = (name) => name.startsWith(PREFIX);

/** What a field is called, by its name in filters and facets, `field.NAME`. */
export function fieldLabel(filter) {
  const name = filter.slice(PREFIX.length);
  return labelOf({ ...ownFields.find(name), name });
}

/** What a definition calls its field. */
export const labelOf = ({ name, labels }) => inBrowserLanguage(labels) ?? name.replaceAll("_", " ");

/** A value in words. */
export function valueLabel(filter, value) {
  if (value === NONE) return strings.noValue;
  const field = ownFields.find(filter.slice(PREFIX.length));
  if (field?.type === "yes/no") return strings.answers[value] ?? value;
  if (field?.type === "number") return withDecimalSign(value);
  return inBrowserLanguage(field?.values.find((each) => each.value === value)?.labels) ?? value;
}

/** A number, or a range of them as a filter has it, with the reader's decimal sign. */
export const withDecimalSign = (text) => text.replace(/(\d)\.(?=\d)/g, `$1${DECIMAL}`);

/** The label in the first of the browser's languages that has one, with or without its region; else any. */
function inBrowserLanguage(labels = {}) {
  const wanted = [...navigator.languages, "en"].flatMap((tag) => [tag, tag.split("-")[0]]);
  const tags = Object.keys(labels);
  const tag = wanted.find((each) => each in labels) ?? tags.find((each) => wanted.includes(each.split("-")[0]));
  return labels[tag ?? tags[0]];
}
