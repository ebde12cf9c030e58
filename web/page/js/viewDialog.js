/** The dialogs that an address opens (`?view=NAME`). */

import { button, h } from "./dom.js";
import { strings } from "./strings.js";
import { closeView } from "./urlState.js";

/** A dialog in the document, still closed: a title, a button that leaves the view, as Escape does, and its content. */
export function viewDialog(name, title, ...content) {
  const close = button(strings.close, {
    icon: "close",
    iconOnly: true,
    class: "borderless",
    onclick: () => closeView("view"),
  });
  const heading = h("h2", { id: `${name}-title`, tabIndex: -1 }, title);
  const header = h("div", { class: "header" }, heading, close);
  const dialog = h("dialog", { id: name, "aria-labelledby": heading.id }, header, content);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeView("view");
  });
  document.body.append(dialog);
  return dialog;
}

/** Leave the view on a press outside its dialog, where nothing is written that would be lost. */
export function closeOutside(dialog) {
  dialog.addEventListener("click", (event) => event.target === dialog && closeView("view"));
}
