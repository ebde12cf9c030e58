/** Moving one photo: a plain form of its path, which is its folder and its name. */

import { photoPath, post } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";

/** The form; `done(id)` is called with the id that the photo has then, or with nothing if it was not moved. */
export function photoMove(photo, { done }) {
  const input = h("input", { type: "text", id: "move-path", value: photo.path, required: true, dir: "auto" });
  const error = h("p", { class: "form-error", role: "alert" });
  const move = h("button", { type: "submit", class: "primary" }, strings.move);
  const onsubmit = async (event) => {
    event.preventDefault();
    const path = input.value.trim();
    if (path === photo.path) return done();
    move.disabled = true;
    setChildren(error);
    try {
      done((await post(`${photoPath(photo.id)}/move`, { path })).id);
    } catch (failure) {
      setChildren(error, failure.message);
      move.disabled = false;
    }
  };
  return h(
    "form",
    { class: "photo-form", "aria-labelledby": "photo-title", onsubmit },
    h("h2", { id: "photo-title", tabIndex: -1 }, strings.movePhoto),
    h("div", { class: "form-row" }, h("label", { htmlFor: input.id }, strings.newPath), input),
    h("p", { class: "hint" }, strings.moveHint),
    error,
    h("div", { class: "actions" }, move, button(strings.cancel, { onclick: () => done() })),
  );
}
