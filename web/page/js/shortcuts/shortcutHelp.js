/** All keys of the page, over everything else: `?`. */

import { button, h } from "../dom.js";
import { strings } from "../strings.js";
import { shortcuts } from "./shortcuts.js";

export function showShortcuts() {
  const groups = Object.values(strings.shortcutGroups)
    .map((name) => [name, shortcuts.filter(({ group }) => group === name)])
    .filter(([, list]) => list.length);
  const dialog = h(
    "dialog",
    { id: "shortcuts", "aria-labelledby": "shortcuts-title", onclose: () => dialog.remove() },
    h(
      "header",
      {},
      h("h2", { id: "shortcuts-title", tabIndex: -1 }, strings.shortcuts),
      button(strings.close, { icon: "close", iconOnly: true, class: "borderless", onclick: () => dialog.close() }),
    ),
    h("div", { class: "groups" }, groups.map(drawGroup)),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function drawGroup([name, list]) {
  const rows = list.map(({ keys, text }) => h("div", {}, h("dt", {}, text), h("dd", {}, keys.map(drawKeys))));
  return h("section", {}, h("h3", {}, name), h("dl", {}, rows));
}

/** Keys that are pressed together. */
function drawKeys(keys) {
  return h(
    "span",
    {},
    keys.split(/(?<=.)\+/).map((key) => h("kbd", {}, strings.keyNames[key] ?? key)),
  );
}
