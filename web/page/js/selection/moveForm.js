/** Asks for a folder to move photos into, and for a pattern of new names. */

import { h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { ask, row } from "./actionDialog.js";
import { selection } from "./selection.js";

const TOP = "/"; // as people write it
const EXAMPLE = { name: "IMG_0042", date: "2024-05-31", number: "07" };

export async function askForMove(results) {
  const folders = (results.facets.folder ?? []).map(({ value }) => h("option", { value }));
  const options = h("datalist", { id: "action-folders" }, folders);
  const folder = h("input", { id: "action-folder", type: "text", dir: "auto", list: options.id, autocomplete: "off" });
  const name = h("input", { id: "action-pattern", type: "text", dir: "auto", autocomplete: "off" });
  const example = h("p", { class: "hint", role: "status" });
  const follow = () => setChildren(example, name.value.trim() && strings.nameExample(exampleOf(name.value.trim())));
  name.addEventListener("input", follow);
  const read = () => {
    const wanted = {};
    if (folder.value.trim()) wanted.folder = folder.value.trim() === TOP ? "" : trimmed(folder.value);
    if (name.value.trim()) wanted.name = name.value.trim();
    if (!Object.keys(wanted).length) throw new Error(strings.moveMissing);
    return { action: "move", ...wanted };
  };
  const content = [
    row(strings.newFolder, folder, options),
    h("p", { class: "hint" }, strings.newFolderHint),
    row(strings.namePattern, name),
    h("p", { class: "hint" }, strings.namePatternHint),
    example,
  ];
  return ask(strings.moveMany(selection.count), content, read, { actionLabel: strings.move });
}

const trimmed = (text) => text.trim().replace(/^\/+|\/+$/g, "");

const exampleOf = (pattern) => pattern.replace(/\{(name|date|number)\}/g, (_, key) => EXAMPLE[key]);
