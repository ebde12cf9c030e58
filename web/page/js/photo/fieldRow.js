/** The fields that people may write, each with its input, whose value it is, and the way back to what was there before. */

import { h, setChildren } from "../dom.js";
import { ownFields } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { takenText, valueText, writtenValue } from "./fieldText.js";
import { nameOfField, OWN, ownFieldsOf } from "./ownFieldInputs.js";
import { tagSuggestions } from "./tagSuggestions.js";

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
  taken_local: { read: (text, photo) => (photo.taken_precision ? takenText(photo) : (text ?? "")) },
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
  const plain = Object.entries(FIELDS).map(([name, field]) => ({ name, value: photo[name], field }));
  const all = [...ownFieldsOf(photo), ...plain];
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
  #theirs = h("p", { class: "theirs", dir: "auto" });

  constructor({ name, value, field }, photo) {
    this.name = name;
    this.#field = field;
    this.before = this.#read(value, photo);
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
    const suggestions = this.name === "tags" && tagSuggestions(this.input);
    return h("div", { class: "form-row" }, label, this.input, suggestions, whose, back, this.#theirs);
  }

  /** Whether names are entered, one on each line. */
  get isList() {
    return this.#field === LIST;
  }

  get isTakenBack() {
    return this.#takeBack?.checked ?? false;
  }

  get isChanged() {
    return this.isTakenBack || String(this.text) !== String(this.before);
  }

  /** Put a change that was not saved into the input again, as a PATCH has it. */
  write(changes) {
    const value = writtenValue(changes, this.name);
    if (value !== undefined && value !== null) this.text = this.#read(value, {});
  }

  /**
   * Go on from what the photo says by now. Where others have written into this field as well (`isTheirs`), the row says
   * what; names that were added here to a list, or taken out of it, are then added to theirs, or taken out.
   */
  follow(photo, isTheirs) {
    const { before, text } = this;
    this.before = this.#read(writtenValue(photo, this.name), photo);
    if (String(text) === String(before)) this.text = this.before;
    else if (isTheirs) this.text = this.#merged(before, text);
    setChildren(this.#theirs, isTheirs && strings.writtenMeanwhile(valueText(photo, this.name) || strings.notSet));
  }

  #merged(before, text) {
    if (this.isList) return mergedLists(...[before, text, this.before].map(namesIn)).join("\n");
    return Array.isArray(text) ? mergedLists(before, text, this.before) : text;
  }

  #read(value, photo) {
    const { read = (each) => each ?? "" } = this.#field;
    return read(value, photo);
  }

  /** What is entered is on its way: from now on only what is different from it is a change. */
  settle() {
    this.before = this.text;
    if (this.#takeBack) this.#takeBack.checked = false;
  }

  get text() {
    return this.input.type === "checkbox" ? this.input.checked : this.input.value;
  }

  set text(text) {
    if (this.input.type === "checkbox") this.input.checked = text;
    else this.input.value = text;
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

function spotText(location) {
  return location ? `${location.latitude}, ${location.longitude}` : "";
}

function parseSpot(text) {
  const [latitude, longitude] = text.split(",").map(Number);
  return text.trim() ? { latitude, longitude } : "";
}

/** Their names, without those that were taken out of `before` here, and with those that were added. */
function mergedLists(before, ours, theirs) {
  const left = theirs.filter((name) => ours.includes(name) || !before.includes(name));
  const added = ours.filter((name) => !before.includes(name));
  return [...new Set([...left, ...added])];
}

const namesIn = (lines) =>
  lines
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
