/** A dialog that asks what is to be done with the photos that are picked. */

import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";

/**
 * Ask; `content` are the rows of the form, and `read()` returns what was entered, or throws an Error that says what is
 * wrong. Resolves to that, or to null where it was cancelled.
 */
export function ask(title, content, read, { actionLabel = strings.apply } = {}) {
  return new Promise((resolve) => {
    const error = h("p", { class: "form-error", role: "alert" });
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const submit = h("button", { type: "submit", class: "primary" }, actionLabel);
    const onsubmit = async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        end(await read());
      } catch (failure) {
        setChildren(error, failure.message);
      } finally {
        submit.disabled = false;
      }
    };
    const dialog = h(
      "dialog",
      { class: "action-dialog", "aria-labelledby": "action-title" },
      h(
        "form",
        { onsubmit },
        h("h2", { id: "action-title" }, title),
        content,
        error,
        h("div", { class: "actions" }, submit, button(strings.cancel, { onclick: () => end(null) })),
      ),
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(null);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input, select, textarea, button")?.focus();
  });
}

/** A label above its input. */
export const row = (label, input, ...others) =>
  h("div", { class: "form-row" }, h("label", { htmlFor: input.id }, label), input, others);
