/** One field of a photo edited where it stands: its input takes the place of what is shown until it is saved or left. */

import { button, h, icon } from "../dom.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { fieldRows } from "./fieldRow.js";
import { saving } from "./saving.js";

/** Show the form of one field in place of an element, which comes back when nothing has changed. */
export async function editInPlace(photo, name, element, saved) {
  if (!may("editor") || !element.isConnected) return;
  const rows = await fieldRows(photo, [name]);
  if (!rows.length || !element.isConnected) return;
  const form = fieldForm(photo, rows, (changed, isSaved) => {
    if (changed) return saved(changed, isSaved);
    form.replaceWith(element);
    return element.querySelector(`[data-field="${CSS.escape(name)}"]`)?.focus();
  });
  element.replaceWith(form);
  form.querySelector("input, textarea, select")?.focus();
}

function fieldForm(photo, rows, done) {
  const { error, leave, onsubmit, onkeydown, track } = saving(photo, rows, done);
  const save = h("button", { type: "submit", class: "primary" }, icon("check"), strings.save);
  const form = h(
    "form",
    { class: "field-form", onsubmit, onkeydown },
    rows.map((row) => row.element),
    rows.some(({ isList }) => isList) && h("p", { class: "hint" }, strings.listHint),
    error,
    h("div", { class: "actions" }, save, button(strings.cancel, { onclick: leave })),
  );
  track(form);
  return form;
}
