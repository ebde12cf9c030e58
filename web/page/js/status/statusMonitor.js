/** Polls the counts of photos, and shows them in the status button, the status dialog and the offer of new photos. */

import { connection, get } from "../api.js";
import { button } from "../dom.js";
import { LazyView } from "../lazyView.js";
import { strings } from "../strings.js";
import { navigate } from "../urlState.js";

const SLOW_INTERVAL = 20_000; // milliseconds between polls while nothing happens
const FAST_INTERVAL = 3_000;
const EVENT_DELAY = 300; // milliseconds between an event and the poll it causes

export class StatusMonitor {
  #library;
  #counts = null;
  #timer = 0;
  #shownCount = null; // how many photos were indexed when the library was last drawn

  constructor(library, uploads) {
    this.#library = library;
    this.button = button(strings.status, {
      icon: "pulse",
      id: "status-button",
      onclick: () => navigate({ view: "status" }),
    });
    this.newPhotos = button("", { id: "new-photos", icon: "retry", hidden: true, onclick: () => this.#showNew() });
    document.body.append(this.newPhotos);
    const pollSoon = () => this.#pollSoon();
    this.view = new LazyView("status", async () => {
      const { StatusDialog } = await import("./statusDialog.js");
      return new StatusDialog(pollSoon);
    });
    this.trash = new LazyView("trash", async () => {
      const { TrashDialog } = await import("../trash/trashDialog.js");
      return new TrashDialog(pollSoon);
    });
    this.access = new LazyView("access", async () => {
      const { AccessDialog } = await import("../access/accessDialog.js");
      return new AccessDialog();
    });
    for (const event of ["searchable", "removed"]) uploads.addEventListener(event, () => this.#pollSoon());
    uploads.addEventListener("replaced", () => library.isIdle && library.refresh());
    connection.addEventListener("online", () => this.#pollSoon());
    document.addEventListener("visibilitychange", () => this.#pollSoon());
  }

  start() {
    this.view.followUrl();
    this.trash.followUrl();
    this.access.followUrl();
    this.#poll();
  }

  #pollSoon(delay = EVENT_DELAY) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#poll(), delay);
  }

  async #poll() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      this.#counts = await get("/api/status");
      this.#drawButton();
      this.#offerNewPhotos();
      if (this.view.isOpen) await this.view.dialog.draw(this.#counts);
    } catch (error) {
      if (this.view.isOpen && (error.checks || !this.#counts)) this.view.dialog.drawError(error);
    }
    const isBusy = this.view.isOpen || (this.#counts && this.#counts.waiting + this.#counts.retrying > 0);
    this.#pollSoon(isBusy ? FAST_INTERVAL : SLOW_INTERVAL);
  }

  #drawButton() {
    const { indexed, waiting, retrying, failed } = this.#counts;
    const [kind, count] = failed
      ? ["failed", failed]
      : waiting + retrying
        ? ["busy", waiting + retrying]
        : ["ok", indexed];
    const text = strings.statusButton[kind](count);
    this.button.className = kind;
    this.button.lastElementChild.textContent = text;
    this.button.setAttribute("aria-label", `${strings.status}: ${text}`);
  }

  /** New photos do not move others while somebody looks at them: they are offered. At the top they just appear. */
  #offerNewPhotos() {
    const { indexed } = this.#counts;
    this.#shownCount ??= indexed;
    const added = indexed - this.#shownCount;
    if (added === 0) return;
    if (added < 0 || this.#library.isIdle) {
      this.#showNew();
      return;
    }
    this.newPhotos.hidden = false;
    this.newPhotos.lastElementChild.textContent = strings.newPhotos(added);
  }

  async #showNew() {
    this.#shownCount = this.#counts.indexed;
    this.newPhotos.hidden = true;
    await this.#library.refresh();
  }
}
