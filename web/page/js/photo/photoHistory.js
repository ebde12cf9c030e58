/** What people changed of a photo, the last change first, each with a way back. */

import { get, photoPath, post } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { formatPerson, formatRelativeTime } from "../formatting.js";
import { strings } from "../strings.js";
import { nameOfField } from "./ownFieldInputs.js";

/** A part that opens and then asks for the changes; `undone(photo)` is called with what is left after one was undone. */
export function photoHistory(photo, undone) {
  const list = h("div", { class: "past-changes" });
  const ontoggle = () => part.open && !list.childElementCount && load(photo, list, undone);
  const part = h("details", { class: "history", ontoggle }, h("summary", {}, h("h3", {}, strings.history)), list);
  return part;
}

async function load(photo, list, undone) {
  setChildren(list, h("p", { class: "muted" }, strings.loading));
  try {
    const { changes } = await get(`${photoPath(photo.id)}/history`);
    const items = changes.map((each) => change(photo, each, undone));
    setChildren(list, items.length ? h("ol", {}, items) : h("p", { class: "muted" }, strings.noHistory));
  } catch (error) {
    setChildren(list, h("p", { class: "form-error" }, error.message));
  }
}

function change(photo, { number, by, at, undone_by: undoneBy, before, after }, undone) {
  const names = Object.keys(after);
  const error = h("p", { class: "form-error", role: "alert" });
  const undo = async () => {
    undoButton.disabled = true;
    try {
      undone(await post(`${photoPath(photo.id)}/undo`, { change: number }));
    } catch (failure) {
      setChildren(error, failure.message);
      undoButton.disabled = false;
    }
  };
  const label = strings.undoChange(names.map(nameOfField).join(", "));
  const undoButton = button(strings.undo, { class: "text-button needs-editor", "aria-label": label, onclick: undo });
  return h(
    "li",
    { class: undoneBy ? "undone" : "" },
    h(
      "p",
      { class: "muted" },
      strings.changedBy(formatPerson(by), formatRelativeTime(at)),
      undoneBy && ` · ${strings.undoneBy(formatPerson(undoneBy))}`,
    ),
    names.map((name) => difference(name, before[name], after[name])),
    !undoneBy && undoButton,
    error,
  );
}

function difference(name, before, after) {
  return h(
    "p",
    { class: "difference" },
    h("strong", {}, nameOfField(name)),
    " ",
    h("del", { dir: "auto" }, textOf(before)),
    " ",
    h("ins", { dir: "auto" }, textOf(after)),
  );
}

/** A value as text; null is what the file or the model says. */
export function textOf(value) {
  if (value === null || value === undefined) return strings.notByPeople;
  if (typeof value === "boolean") return value ? strings.answers.yes : strings.answers.no;
  if (Array.isArray(value)) return value.join(", ") || strings.notSet;
  if (typeof value === "object") return `${value.latitude}, ${value.longitude}`;
  return value === "" ? strings.notSet : String(value);
}
