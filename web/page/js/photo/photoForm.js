/** What people write of a photo: a plain form of every field, which says whose each value is and offers the way back. */

import { patch, photoPath } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { changesOf, fieldRows } from "./fieldRow.js";

/** The form; `done(photo)` is called with what was saved, or with nothing if it was not. */
export function photoForm(photo, { done }) {
  const rows = [];
  const list = h("div", { class: "own-rows" });
  fieldRows(photo).then((all) => {
    rows.push(...all);
    setChildren(
      list,
      rows.map((row) => row.element),
    );
  });
  const error = h("p", { class: "form-error", role: "alert" });
  const save = h("button", { type: "submit", class: "primary" }, strings.save);
  const onsubmit = async (event) => {
    event.preventDefault();
    const changes = changesOf(rows);
    if (!Object.keys(changes).length) return done();
    save.disabled = true;
    setChildren(error);
    try {
      done(await patch(photoPath(photo.id), changes));
    } catch (failure) {
      setChildren(error, failure.message);
      save.disabled = false;
    }
  };
  return h(
    "form",
    { class: "photo-form", "aria-labelledby": "photo-title", onsubmit },
    h("h2", { id: "photo-title", tabIndex: -1 }, strings.editPhoto),
    h("p", { class: "hint" }, strings.listHint),
    list,
    error,
    h("div", { class: "actions" }, save, button(strings.cancel, { onclick: () => done() })),
  );
}
