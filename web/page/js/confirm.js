/** A question before something that cannot be undone. */

import { button, h } from "./dom.js";
import { strings } from "./strings.js";

/** Ask in a dialog over everything else; resolves to whether it was confirmed. */
export function confirmed(question, actionLabel) {
  return new Promise((resolve) => {
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const cancel = button(strings.cancel, { onclick: () => end(false), autofocus: true });
    const dialog = h(
      "dialog",
      { class: "confirm", role: "alertdialog", "aria-labelledby": "confirm-question" },
      h("p", { id: "confirm-question" }, question),
      h("div", { class: "actions" }, button(actionLabel, { class: "danger", onclick: () => end(true) }), cancel),
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
