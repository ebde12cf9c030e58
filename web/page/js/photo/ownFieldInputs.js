/** What people enter the library's own fields with: choices are chosen, dates are checked by the browser. */

import { h } from "../dom.js";
import { fieldLabel, ownFields, PREFIX, valueLabel } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { numberIn, numberInput, numberText } from "./numberInput.js";

export const OWN = "fields."; // before a field's name, in the sources of a record
const ANSWERS = { yes: true, no: false };

/** `NAME`, or for a field of the library's own, `fields.NAME`, as people read it. */
export function nameOfField(name) {
  if (name.startsWith(OWN)) return fieldLabel(PREFIX + name.slice(OWN.length));
  return strings.fieldNames[name] ?? name;
}

/** Each own field as a row of the form takes it: `{name, value, field}`. */
export function ownFieldsOf(photo) {
  return ownFields
    .all()
    .map((field) => ({ name: OWN + field.name, value: photo.fields?.[field.name], field: BY_TYPE[field.type](field) }));
}

const BY_TYPE = {
  string: () => ({}),
  choice: (field) => ({ draw: (id, value) => choices(id, value, field, field.values.map(storedValue)) }),
  "multi-choice": (field) => ({ read: (values) => values ?? [], draw: (id, values) => checks(id, values, field) }),
  number: () => ({ read: numberText, write: numberIn, draw: numberInput }),
  date: () => ({ type: "date" }),
  "yes/no": (field) => ({
    read: (value) => (value === undefined || value === null ? "" : value ? "yes" : "no"),
    write: (text) => ANSWERS[text] ?? "",
    draw: (id, value) => choices(id, value, field, Object.keys(ANSWERS)),
  }),
};

const storedValue = ({ value }) => value;

function choices(id, chosen, field, values) {
  const options = values.map((value) =>
    h("option", { value, selected: value === chosen }, valueLabel(PREFIX + field.name, value)),
  );
  return h("select", { id }, h("option", { value: "", selected: !chosen }, strings.notSet), options);
}

/** A box for each value; the group has the `value` that an input would have. */
function checks(id, chosen, field) {
  const boxes = field.values.map(({ value }) =>
    h("input", { type: "checkbox", value, checked: chosen.includes(value) }),
  );
  const rows = boxes.map((box) => h("label", {}, box, valueLabel(PREFIX + field.name, box.value)));
  const group = h("div", { id, role: "group", class: "checks" }, rows);
  const check = (values) => {
    for (const box of boxes) box.checked = values.includes(box.value);
  };
  Object.defineProperty(group, "value", { get: () => boxes.filter((box) => box.checked).map(storedValue), set: check });
  return group;
}
