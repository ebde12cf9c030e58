/** The values of the library's own fields, each a link to the photos that share it; required ones that are missing. */

import { h, setChildren } from "../dom.js";
import { fieldLabel, ownFields, PREFIX, valueLabel } from "../library/ownFields.js";
import { searchLink } from "../library/searchLink.js";
import { strings } from "../strings.js";

const MAX_PHRASE = 200; // characters of a text that are searched for

/** A section that fills itself once the definitions are known; nothing where the record has no such fields. */
export function ownFieldDetails({ fields: values }) {
  if (!values) return false;
  const section = h("section", { class: "own-fields", hidden: true });
  const draw = () => {
    const rows = ownFields.all().map((field) => row(field, values[field.name]));
    section.hidden = !rows.some(Boolean);
    setChildren(section, !section.hidden && [h("h3", {}, strings.ownFields), h("dl", {}, rows)]);
  };
  if (Object.keys(values).length || ownFields.all().length) ownFields.load().then(draw);
  return section;
}

function row(field, value) {
  if (value === undefined && !field.required) return false;
  const filter = PREFIX + field.name;
  const content =
    value === undefined
      ? h("span", { class: "missing" }, strings.missingValue)
      : [value].flat().map((each) => valueLink(filter, field, each));
  return [h("dt", {}, h("bdi", {}, fieldLabel(filter))), h("dd", {}, content)];
}

function valueLink(filter, field, value) {
  const text = field.type === "yes/no" ? { true: "yes", false: "no" }[value] : String(value);
  return searchLink(filter, text.slice(0, MAX_PHRASE), valueLabel(filter, text));
}
