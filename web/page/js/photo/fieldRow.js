/** The fields that people may write, each with its input, whose value it is, and the way back to what was there before. */

import { h } from "../dom.js";
import { ownFields } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { nameOfField, OWN, ownFieldsOf } from "./ownFieldInputs.js";

const DATE_LENGTHS = { year: 4, month: 7, day: 10, minute: 16, second: 19 };
const SPOT = String.raw`\s*-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?\s*`;
const LIST = {
  input: "textarea",
  rows: 3,
  read: (names) => (names ?? []).join("\n"),
  write: (text) => text.split("\n"),
};
const TEXT = { input: "textarea", rows: 4 };
const CHECK = { input: "checkbox", read: Boolean, write: Boolean };
const LINE = {};
export const FIELDS = {
  title: LINE,
  alt_text: TEXT,
  caption: TEXT,
  tags: LIST,
  keywords: LIST,
  persons: LIST,
  creators: LIST,
  credit: LINE,
  rights: TEXT,
  rating: { input: "select", read: (stars) => String(stars ?? 0), write: Number },
  taken_local: { read: (_, photo) => takenText(photo) },
  city: LINE,
  state: LINE,
  country: LINE,
  location: { pattern: SPOT, read: spotText, write: parseSpot },
  favorite: CHECK,
  reviewed: CHECK,
};

/** A row of a form for each of these fields of a photo; without names for all, the library's own first. */
export async function fieldRows(photo, names) {
  if (!names || names.some((name) => name.startsWith(OWN))) await ownFields.load();
  const own = ownFieldsOf(photo);
  const plain = Object.entries(FIELDS).map(([name, field]) => ({ name, value: photo[name], field }));
  const all = [...own, ...plain];
  const chosen = names ? names.map((name) => all.find((each) => each.name === name)).filter(Boolean) : all;
  return chosen.map((each) => new FieldRow(each, photo));
}

/** Only what was changed, as a PATCH takes it, so that nobody's edit of another field is written over. */
export function changesOf(rows) {
  const changed = rows.filter((row) => row.isChanged);
  const values = changed.map((row) => [row.name, row.isTakenBack ? null : row.value]);
  const own = values.filter(([name]) => name.startsWith(OWN)).map(([name, value]) => [name.slice(OWN.length), value]);
  const others = Object.fromEntries(values.filter(([name]) => !name.startsWith(OWN)));
  return own.length ? { ...others, fields: Object.fromEntries(own) } : others;
}

/** One field: its label, its input, whose value it is, and a box to take back what a person wrote. */
class FieldRow {
  #field;
  #takeBack = null;

  constructor({ name, value, field }, photo) {
    this.name = name;
    this.#field = field;
    const { read = (value) => value ?? "" } = field;
    this.before = read(value, photo);
    this.input = inputOf(name, field, this.before);
    this.element = this.#draw(photo.sources?.[name]);
  }

  #draw(source) {
    const name = nameOfField(this.name);
    const label = h("label", { htmlFor: this.input.id, id: `${this.input.id}-label` }, h("bdi", {}, name));
    if (this.input.getAttribute("role") === "group") this.input.setAttribute("aria-labelledby", label.id);
    const whose = source && h("span", { class: "source", id: `${this.input.id}-source` }, strings.sources[source]);
    if (whose) this.input.setAttribute("aria-describedby", whose.id);
    if (source === "person") {
      this.#takeBack = h("input", { type: "checkbox", id: `${this.input.id}-take-back` });
      this.#takeBack.setAttribute("aria-label", strings.takeBackField(name));
    }
    const back = this.#takeBack && h("label", { class: "take-back" }, this.#takeBack, strings.takeBack);
    return h("div", { class: "form-row" }, label, this.input, whose, back);
  }

  get isTakenBack() {
    return this.#takeBack?.checked ?? false;
  }

  get isChanged() {
    return this.isTakenBack || String(this.text) !== String(this.before);
  }

  /** Put a change that was not saved into the input again, as a PATCH has it. */
  write(changes) {
    const own = this.name.startsWith(OWN) ? this.name.slice(OWN.length) : "";
    const value = own ? changes.fields?.[own] : changes[this.name];
    if (value === undefined || value === null) return;
    const { read = (each) => each ?? "" } = this.#field;
    const text = read(value, {});
    if (this.input.type === "checkbox") this.input.checked = text;
    else if (this.input.role !== "group") this.input.value = text;
  }

  /** What is entered is on its way: from now on only what is different from it is a change. */
  settle() {
    this.before = this.text;
    if (this.#takeBack) this.#takeBack.checked = false;
  }

  get text() {
    return this.input.type === "checkbox" ? this.input.checked : this.input.value;
  }

  get value() {
    const { write = (text) => text } = this.#field;
    return write(this.text);
  }
}

function inputOf(name, { input, rows, pattern, type = "text", draw }, value) {
  const id = `edit-${name}`;
  if (draw) return draw(id, value);
  if (type !== "text") return h("input", { type, id, value, step: "any" });
  if (input === "checkbox") return h("input", { type: "checkbox", id, checked: value });
  if (input === "textarea") return h("textarea", { id, rows, value, dir: "auto" });
  if (input === "select") return h("select", { id }, ratingOptions(value));
  return h("input", { type: "text", id, value, pattern, dir: "auto", title: strings.fieldHints[name] });
}

function ratingOptions(chosen) {
  const label = (stars) => strings.rating[{ 0: "none", [-1]: "rejected" }[stars]] ?? strings.rating.stars(stars);
  return [0, 1, 2, 3, 4, 5, -1].map((stars) =>
    h("option", { value: String(stars), selected: String(stars) === chosen }, label(stars)),
  );
}

/** As much of the date as is known, with its offset. */
export function takenText({ taken_local, taken_precision, taken_zone }) {
  if (!taken_local) return "";
  const text = taken_local.slice(0, DATE_LENGTHS[taken_precision] ?? 19);
  return text.length > DATE_LENGTHS.day ? text + (taken_zone ?? "") : text;
}

function spotText(location) {
  return location ? `${location.latitude}, ${location.longitude}` : "";
}

function parseSpot(text) {
  const [latitude, longitude] = text.split(",").map(Number);
  return text.trim() ? { latitude, longitude } : "";
}
