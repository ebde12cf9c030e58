/** Every field that people may write: what it says, whose words these are, and a pencil to correct it in place. */

import { h, setChildren } from "../dom.js";
import { ownFields } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { editButton } from "./editButton.js";
import { FIELDS } from "./fieldRow.js";
import { valueText } from "./fieldText.js";
import { nameOfField, OWN } from "./ownFieldInputs.js";

/** A list that fills itself once the library's own fields are known; `saved(photo)` is called with what was saved. */
export function fieldList(photo, saved) {
  const list = h("dl", { class: "field-list" });
  const draw = () =>
    setChildren(
      list,
      [...ownNames(), ...Object.keys(FIELDS)].flatMap((name) => row(photo, name, saved)),
    );
  draw();
  if (photo.fields) ownFields.load().then(draw);
  return list;
}

const ownNames = () => ownFields.all().map(({ name }) => OWN + name);

function row(photo, name, saved) {
  const source = photo.sources?.[name];
  const text = valueText(photo, name);
  const isEarlier = photo.for_earlier_file?.includes(name);
  const value = h(
    "div",
    { class: "cell" },
    h("span", { class: text ? "value" : "value muted", dir: "auto" }, text || strings.notSet),
    editButton(photo, name, () => value, saved),
  );
  const whose = [
    source && h("span", { class: `whose ${source}` }, strings.whose[source]),
    isEarlier && h("span", { class: "whose" }, strings.ofEarlierFile),
  ];
  return [h("dt", {}, h("bdi", {}, nameOfField(name)), whose), h("dd", {}, value)];
}
