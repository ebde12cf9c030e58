/** Asks for a key when the server refuses to answer without one. */

import { button, h, icon } from "./dom.js";
import { storeKey } from "./functionKey.js";
import { strings } from "./strings.js";

export class KeyPrompt {
  constructor(connection) {
    this.dialog = this.#build();
    document.body.append(this.dialog);
    connection.addEventListener("locked", () => this.dialog.open || this.dialog.showModal());
  }

  #build() {
    const key = h("input", { type: "password", autocomplete: "off", required: true, id: "key" });
    const submit = (event) => {
      event.preventDefault();
      storeKey(key.value.trim());
      location.reload();
    };
    return h(
      "dialog",
      { id: "key-prompt", "aria-labelledby": "key-prompt-title" },
      icon("lock"),
      h("h2", { id: "key-prompt-title" }, strings.keyPrompt),
      h("p", {}, strings.keyPromptHint),
      h(
        "form",
        { onsubmit: submit },
        h("label", { htmlFor: "key" }, strings.functionKey),
        key,
        h("button", { type: "submit", class: "primary" }, strings.unlock),
      ),
      button(strings.retry, { class: "text-button", onclick: () => location.reload() }),
    );
  }
}
