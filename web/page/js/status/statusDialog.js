/** The status dialog: counts, today's spending, the health of the services, and photos with problems to retry. */

import { h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { state, urlChanges } from "../urlState.js";
import { closeOutside, viewDialog } from "../viewDialog.js";
import { FailureList } from "./failureList.js";
import {
  accessLink,
  captionSpending,
  catalogueLink,
  chatSpending,
  countTiles,
  jobsLink,
  modelBill,
  modelLimitations,
  otherFiles,
  refreshing,
  serviceHealth,
  trashLink,
} from "./statusSections.js";

export class StatusDialog {
  #refresh;
  #known;
  #failures;

  /**
   * `refresh()` is called when the dialog needs new counts: it opened, or something is being retried. `known()` returns
   * the last ones, or null.
   */
  constructor(refresh, known) {
    this.#refresh = refresh;
    this.#known = known;
    this.#failures = new FailureList(refresh);
    this.body = h("div", { class: "body" });
    this.dialog = viewDialog("status", strings.status, this.body);
    closeOutside(this.dialog);
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "status";
    if (open === this.dialog.open) return;
    if (!open) {
      this.dialog.close();
      return;
    }
    const counts = this.#known();
    if (counts) this.body.querySelector(".counts")?.replaceWith(countTiles(counts)); // and not those of the last time
    this.dialog.showModal();
    this.#refresh();
  }

  async draw(counts) {
    const failures = await this.#failures.draw();
    const focused = document.activeElement?.dataset?.retry;
    setChildren(
      this.body,
      countTiles(counts),
      refreshing(counts),
      otherFiles(counts),
      captionSpending(counts),
      chatSpending(counts),
      modelBill(counts),
      modelLimitations(counts),
      serviceHealth(counts),
      jobsLink(),
      trashLink(counts),
      catalogueLink(),
      accessLink(),
      failures,
    );
    if (focused) this.body.querySelector(`[data-retry="${CSS.escape(focused)}"]`)?.focus();
  }

  drawError(error) {
    setChildren(this.body, h("p", { class: "note error" }, error.message), serviceHealth(error));
  }
}
