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
  #refreshing = 0; // photos that were waiting to be read again when it was last asked
  #shownCount = null; // how many photos were indexed when the library was last drawn

  constructor(library, uploads, results) {
    this.#library = library;
    this.button = button(strings.status, {
      icon: "pulse",
      id: "status-button",
      onclick: () => navigate({ view: "status" }),
    });
    this.newPhotos = button("", { id: "new-photos", icon: "retry", hidden: true, onclick: () => this.#showNew() });
    library.body.append(this.newPhotos);
    const pollSoon = () => this.#pollSoon();
    this.view = new LazyView("status", async () => {
      const { StatusDialog } = await import("./statusDialog.js");
      return new StatusDialog(pollSoon, () => this.#counts);
    });
    this.trash = new LazyView("trash", async () => {
      const { TrashDialog } = await import("../trash/trashDialog.js");
      return new TrashDialog(pollSoon, (id) => results.showAgain(id));
    });
    this.access = new LazyView("access", async () => {
      const { AccessDialog } = await import("../access/accessDialog.js");
      return new AccessDialog();
    });
    this.catalogue = new LazyView("catalogue", async () => {
      const { CatalogueDialog } = await import("../catalogue/catalogueDialog.js");
      return new CatalogueDialog(() => library.refresh());
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
    this.catalogue.followUrl();
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
      this.#library.message.drawArriving(this.#counts.waiting + this.#counts.retrying);
      this.#showRefreshed();
      this.#offerNewPhotos();
      if (this.view.isOpen) await this.view.dialog.draw(this.#counts);
    } catch (error) {
      if (this.view.isOpen && (error.checks || !this.#counts)) this.view.dialog.drawError(error);
    }
    const { waiting = 0, retrying = 0, refreshing = 0 } = this.#counts ?? {};
    const isBusy = this.view.isOpen || waiting + retrying + refreshing > 0;
    this.#pollSoon(isBusy ? FAST_INTERVAL : SLOW_INTERVAL);
  }

  #drawButton() {
    const { indexed, waiting, retrying, failed, refreshing } = this.#counts;
    const states = { failed, busy: waiting + retrying, refreshing, ok: indexed };
    const [kind, count] = Object.entries(states).find(([, photos]) => photos) ?? ["ok", 0];
    const text = strings.statusButton[kind](count);
    this.button.className = kind === "refreshing" ? "busy" : kind;
    this.button.lastElementChild.textContent = text;
    this.button.setAttribute("aria-label", `${strings.status}: ${text}`);
  }

  /** What is found and counted may be another once photos have been described again. */
  #showRefreshed() {
    const { refreshing = 0 } = this.#counts;
    const hasEnded = this.#refreshing > 0 && !refreshing;
    this.#refreshing = refreshing;
    if (hasEnded && this.#library.isIdle) this.#library.refresh();
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
