/** What people write of a photo: a plain form of every field, which says whose each value is and offers the way back. */

import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { fieldRows } from "./fieldRow.js";
import { saving } from "./saving.js";

/**
 * The form; `done(photo, isSaved)` is called with what was saved, with what somebody else has written meanwhile if that is
 * all, or with nothing. `draft` has changes, as a PATCH does, to go on with.
 */
export function photoForm(photo, { done, draft = {} }) {
  const rows = [];
  const list = h("div", { class: "own-rows" });
  fieldRows(photo).then((all) => {
    rows.push(...all);
    for (const row of all) row.write(draft);
    setChildren(
      list,
      rows.map((row) => row.element),
    );
  });
  const { error, leave, onsubmit, onkeydown, track } = saving(photo, rows, done);
  const save = h("button", { type: "submit", class: "primary" }, strings.save);
  const form = h(
    "form",
    { class: "photo-form", "aria-labelledby": "photo-title", onsubmit, onkeydown },
    h("h2", { id: "photo-title", tabIndex: -1 }, strings.editPhoto),
    h("p", { class: "hint" }, strings.listHint),
    list,
    h(
      "div",
      { class: "form-end" },
      error,
      h("div", { class: "actions" }, save, button(strings.cancel, { onclick: leave })),
    ),
  );
  track(form);
  return form;
}
