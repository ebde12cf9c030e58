/** One field of a photo edited where it stands: its input takes the place of what is shown until it is saved or left. */

import { patch, photoPath } from "../api.js";
import { button, h, icon, setChildren } from "../dom.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { changesOf, fieldRows } from "./fieldRow.js";
import { nameOfField } from "./ownFieldInputs.js";

/** A pencil that edits one field in place of `element()`; `saved(photo)` is called with what was saved. */
export function editButton(photo, name, element, saved) {
  return button(strings.editField(nameOfField(name)), {
    icon: "edit",
    iconOnly: true,
    class: "borderless edit-field needs-editor",
    "data-field": name,
    onclick: () => editInPlace(photo, name, element(), saved),
  });
}

/** Show the form of one field in place of an element, which comes back when nothing is saved. */
async function editInPlace(photo, name, element, saved) {
  if (!may("editor") || !element.isConnected) return;
  const rows = await fieldRows(photo, [name]);
  if (!rows.length || !element.isConnected) return;
  const leave = () => {
    form.replaceWith(element);
    element.querySelector(`[data-field="${CSS.escape(name)}"]`)?.focus();
  };
  const form = fieldForm(photo, rows, { leave, saved });
  element.replaceWith(form);
  form.querySelector("input, textarea, select")?.focus();
}

function fieldForm(photo, rows, { leave, saved }) {
  const error = h("p", { class: "form-error", role: "alert" });
  const save = h("button", { type: "submit", class: "primary" }, icon("check"), strings.save);
  const onsubmit = async (event) => {
    event.preventDefault();
    const changes = changesOf(rows);
    if (!Object.keys(changes).length) return leave();
    save.disabled = true;
    setChildren(error);
    try {
      saved(await patch(photoPath(photo.id), changes));
    } catch (failure) {
      setChildren(error, failure.message);
      save.disabled = false;
    }
  };
  const onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const form = h(
    "form",
    { class: "field-form", onsubmit, onkeydown },
    rows.map((row) => row.element),
    error,
    h("div", { class: "actions" }, save, button(strings.cancel, { onclick: leave })),
  );
  return form;
}
