/** When the page cannot get in: a missing key explains itself, a silent server is waited for. */

import { button, h, icon } from "./dom.js";
import { useKey } from "./keys.js";
import { words } from "./strings.js";

const KNOCK_EVERY = 3000;

export class Doorway {
  constructor(news, shelf) {
    this.shelf = shelf;
    this.banner = h("div", { id: "banner", role: "alert", hidden: true });
    document.getElementById("top").after(this.banner);
    this.dialog = this.#lock();
    document.body.append(this.dialog);
    news.addEventListener("locked", () => this.dialog.open || this.dialog.showModal());
    news.addEventListener("away", () => this.#wait());
    news.addEventListener("back", () => (this.banner.hidden = true));
  }

  #lock() {
    const key = h("input", { type: "password", autocomplete: "off", required: true, id: "key" });
    const enter = (event) => {
      event.preventDefault();
      useKey(key.value.trim());
      location.reload();
    };
    return h(
      "dialog",
      { id: "lock", "aria-labelledby": "lock-title" },
      icon("lock"),
      h("h2", { id: "lock-title" }, words.locked),
      h("p", {}, words.lockedHint),
      h(
        "form",
        { onsubmit: enter },
        h("label", { htmlFor: "key" }, words.key),
        key,
        h("button", { type: "submit", class: "strong" }, words.unlock),
      ),
      button(words.retry, { class: "plain", onclick: () => location.reload() }),
    );
  }

  async #wait() {
    this.banner.hidden = false;
    this.banner.textContent = words.awayBanner;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, KNOCK_EVERY));
      if (this.banner.hidden) return;
      const answer = await fetch("/api/health").catch(() => null);
      if (answer && answer.status < 502) break;
    }
    this.banner.hidden = true;
    this.shelf.refresh();
  }
}
