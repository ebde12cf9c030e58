/** The values of the library's own fields, each a link to the photos that share it, and a pencil to enter or correct it. */

import { h, setChildren } from "../dom.js";
import { fieldLabel, NONE, ownFields, PREFIX, valueLabel } from "../library/ownFields.js";
import { searchLink } from "../library/searchLink.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { editButton } from "./editButton.js";
import { OWN } from "./ownFieldInputs.js";

const MAX_PHRASE = 200; // characters of a text that are searched for

/**
 * A section that fills itself once the definitions are known; nothing where the record has no such fields. Without a value
 * a field is shown to those who may enter one, and where it is required. `saved(photo)` is called with what was saved.
 */
export function ownFieldDetails(photo, saved) {
  if (!photo.fields) return false;
  const section = h("section", { class: "own-fields", hidden: true });
  const draw = () => {
    const rows = ownFields.all().map((field) => row(photo, field, saved));
    section.hidden = !rows.some(Boolean);
    setChildren(section, !section.hidden && [h("h3", {}, strings.ownFields), h("dl", {}, rows)]);
  };
  if (Object.keys(photo.fields).length || ownFields.all().length) ownFields.load().then(draw);
  return section;
}

function row(photo, field, saved) {
  const value = photo.fields[field.name];
  if (value === undefined && !field.required && !may("editor")) return false;
  const filter = PREFIX + field.name;
  const cell = h(
    "div",
    { class: "cell" },
    h("span", { class: "value" }, value === undefined ? nothing(filter, field) : valuesOf(filter, field, value)),
    editButton(photo, OWN + field.name, () => cell, saved),
  );
  return [h("dt", {}, h("bdi", {}, fieldLabel(filter))), h("dd", {}, cell)];
}

function nothing(filter, { required }) {
  if (!required) return h("span", { class: "muted" }, strings.notSet);
  return h("span", { class: "missing" }, searchLink(filter, NONE, strings.missingValue));
}

const valuesOf = (filter, field, value) => [value].flat().map((each) => valueLink(filter, field, each));

function valueLink(filter, field, value) {
  const text = field.type === "yes/no" ? { true: "yes", false: "no" }[value] : String(value);
  return searchLink(filter, text.slice(0, MAX_PHRASE), valueLabel(filter, text));
}
