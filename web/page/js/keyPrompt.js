/** Asks for a key when the server refuses to answer without one. */

import { button, h, icon } from "./dom.js";
import { forgetKey, hasKey, storeKey } from "./functionKey.js";
import { forgetLastView } from "./offline/offline.js";
import { strings } from "./strings.js";

export class KeyPrompt {
  constructor(connection) {
    this.dialog = this.#build();
    document.body.append(this.dialog);
    connection.addEventListener("locked", () => this.show());
  }

  show() {
    if (this.dialog.open) return;
    this.refusal.hidden = this.forget.hidden = !hasKey();
    this.dialog.showModal();
  }

  #build() {
    this.refusal = h("p", { class: "note error", role: "alert", hidden: true }, strings.keyRefused);
    this.forget = button(strings.forgetKey, { class: "text-button", hidden: true, onclick: forgetAndReload });
    const key = h("input", { type: "password", autocomplete: "off", required: true, id: "key" });
    const submit = (event) => {
      event.preventDefault();
      storeKey(key.value.trim());
      location.reload();
    };
    return h(
      "dialog",
      { id: "key-prompt", class: "lock-dialog", "aria-labelledby": "key-prompt-title" },
      icon("lock"),
      h("h2", { id: "key-prompt-title" }, strings.keyPrompt),
      h("p", {}, strings.keyPromptHint),
      h(
        "form",
        { onsubmit: submit },
        this.refusal,
        h("label", { htmlFor: "key" }, strings.functionKey),
        key,
        h("button", { type: "submit", class: "primary" }, strings.unlock),
      ),
      button(strings.retry, { class: "text-button", onclick: () => location.reload() }),
      this.forget,
    );
  }
}

async function forgetAndReload() {
  forgetKey();
  await forgetLastView().catch(() => {});
  location.reload();
}
