/**
 * The review: one photo after the other that nobody has looked at, to be corrected and accepted, by keyboard if one likes.
 *
 * Nothing that is saved keeps anybody waiting: the next photo is there already, and what could not be saved says so.
 */

import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { closeView, state, urlChanges } from "../urlState.js";
import { openProposals } from "./openProposals.js";
import { isConflict, ReviewQueue } from "./reviewQueue.js";
import { ReviewSheet } from "./reviewSheet.js";

export class ReviewDialog {
  #queue = null;
  #position = 0;
  #sheet = null;
  #onLeave;
  #openPhoto;

  /** `onLeave()` is called when it closes after something was saved; `openPhoto(id)` opens one. */
  constructor(openPhoto, onLeave) {
    this.#onLeave = onLeave;
    this.#openPhoto = openPhoto;
    this.#build();
    urlChanges.addEventListener("change", () => this.followUrl());
    addEventListener("beforeunload", (event) => this.#hasWork && event.preventDefault());
  }

  #build() {
    this.title = h("h2", { id: "review-title", tabIndex: -1 }, strings.review);
    this.total = h("p", { class: "muted", role: "status" });
    this.saves = h("div", { class: "saves", role: "status" });
    this.body = h("div", { class: "body review-body" });
    const close = button(strings.close, {
      icon: "close",
      iconOnly: true,
      class: "borderless",
      onclick: () => closeView("view"),
    });
    this.previous = button(strings.previous, { icon: "left", iconOnly: true, onclick: () => this.#go(-1) });
    this.next = button(strings.nextUnreviewed, { icon: "right", onclick: () => this.#go(1) });
    this.accept = button(strings.acceptPhoto, {
      icon: "check",
      class: "primary needs-editor",
      onclick: () => this.#accept(),
    });
    this.bar = h("div", { class: "review-bar" }, this.previous, this.accept, this.next, keysHint());
    this.dialog = h(
      "dialog",
      { id: "review", "aria-labelledby": "review-title", onkeydown: (event) => this.#onKey(event) },
      h("div", { class: "header" }, this.title, this.total, close),
      this.saves,
      this.body,
      this.bar,
    );
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      closeView("view");
    });
    document.body.append(this.dialog);
  }

  /** Open or close the review as the URL says. */
  followUrl() {
    const open = state.view === "review";
    if (open === this.dialog.open) return;
    if (open) this.#open();
    else this.#close();
  }

  #open() {
    // What could not be saved before is still to be saved: that queue goes on.
    if (!this.#queue?.failed.size) this.#start();
    this.dialog.showModal();
    this.title.focus();
    this.#draw();
  }

  #start() {
    const queue = new ReviewQueue(state.filters, this.#queue?.failed);
    this.#queue = queue;
    this.#position = 0;
    queue.addEventListener("changed", () => queue === this.#queue && this.#drawTotal());
    queue.addEventListener("saves", () => this.#drawSaves()); // also of the queue before
  }

  #close() {
    this.#saveChanges();
    this.#sheet = null;
    this.dialog.close();
    if (this.#queue.accepted || this.#queue.failed.size) this.#onLeave();
  }

  get #hasWork() {
    return Boolean(this.#queue && (this.#queue.isSaving || this.#queue.failed.size || this.#sheet?.hasChanges));
  }

  async #draw() {
    const position = this.#position;
    this.body.setAttribute("aria-busy", "true");
    const photo = await this.#queue.at(position);
    if (position !== this.#position || !this.dialog.open) return;
    this.body.removeAttribute("aria-busy");
    this.bar.hidden = !photo;
    if (photo) this.#drawPhoto(photo);
    else this.#drawEnd();
    this.previous.disabled = position === 0;
    this.#drawTotal();
    this.#drawSaves();
  }

  #drawPhoto(photo) {
    this.#sheet = new ReviewSheet(photo, this.#queue.failed.get(photo.id));
    // A proposal that the address names is what somebody has come for.
    setChildren(this.body, state.proposal && openProposals(this.#openPhoto), this.#sheet.element);
    this.body.scrollTop = 0;
    if (!this.dialog.contains(document.activeElement) || document.activeElement === document.body) this.title.focus();
  }

  /** What is left when the queue is at its end: what the chat proposed, or that all is done. */
  #drawEnd() {
    this.#sheet = null;
    const { error, photos, total } = this.#queue;
    const isLeft = photos.length > 0 && total > 0;
    const retry = () => {
      this.#queue.error = null;
      this.#draw();
    };
    const again = () => {
      this.#start();
      this.#draw();
    };
    const message = error
      ? [h("p", {}, error.message), button(strings.retry, { icon: "retry", onclick: retry })]
      : isLeft
        ? [h("p", {}, strings.reviewSeen), button(strings.reviewAgain, { icon: "retry", onclick: again })]
        : h("p", {}, strings.reviewEmpty);
    const title = error ? strings.cannotReview : isLeft ? strings.reviewLast : strings.reviewDone;
    const proposals = error ? false : openProposals(this.#openPhoto);
    setChildren(this.body, h("div", { class: "review-end" }, h("h3", {}, title), message, proposals));
  }

  #drawTotal() {
    const { counts, total } = this.#queue;
    const isKnown = Object.keys(counts).length > 0;
    setChildren(this.total, isKnown && strings.toReview(Math.max(0, total)));
  }

  /** What could not be saved, and the way to try again. */
  #drawSaves() {
    const failed = [...this.#queue.failed.values()];
    this.#drawTotal();
    if (!failed.length) {
      setChildren(this.saves);
      return;
    }
    const again = this.#queue.canRetry && button(strings.retry, { icon: "retry", onclick: () => this.#queue.retry() });
    const show = button(strings.showUnsaved, { class: "text-button", onclick: () => this.#show(failed[0].photo) });
    setChildren(
      this.saves,
      h(
        "p",
        { class: "note error" },
        h("span", {}, strings.notSaved(failed.length, failed[0].error.message)),
        again,
        show,
      ),
    );
  }

  #show(photo) {
    this.#saveChanges();
    this.#position = this.#queue.positionOf(photo);
    this.#draw();
  }

  #go(step) {
    if (this.bar.hidden || this.#position + step < 0) return;
    this.#saveChanges();
    this.#sheet = null; // what is pressed before the next one is there does not mean this one
    this.#position += step;
    this.#draw();
  }

  /** What was corrected in the photo that is shown, whether or not it is accepted. */
  #saveChanges(more = {}) {
    if (!this.#sheet) return;
    const changes = { ...this.#sheet.takeChanges(), ...more };
    if (Object.keys(changes).length || isConflict(this.#sheet.failed))
      this.#queue.save(this.#sheet.photo, changes, this.#sheet.failed);
  }

  #accept() {
    if (!this.#sheet) return;
    if (!this.#sheet.isValid()) return;
    this.#saveChanges({ reviewed: true });
    this.#go(1);
  }

  #onKey(event) {
    const isWriting = event.target.closest("input, textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return this.#take(event, () => this.#accept());
    if (isWriting && event.key === "Escape") return this.#take(event, () => this.title.focus());
    if (isWriting || event.altKey || event.ctrlKey || event.metaKey) return undefined;
    const forward = getComputedStyle(this.dialog).direction === "rtl" ? -1 : 1;
    const actions = {
      a: () => this.#accept(),
      ArrowRight: () => this.#go(forward),
      ArrowLeft: () => this.#go(-forward),
      j: () => this.#go(1),
      k: () => this.#go(-1),
      e: () => this.#sheet?.focusField(),
    };
    const action = actions[event.key];
    return action && this.#take(event, action);
  }

  #take(event, action) {
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

const keysHint = () =>
  h(
    "p",
    { class: "keys muted" },
    strings.reviewKeys.map(([key, what]) => h("span", {}, h("kbd", {}, key), ` ${what}`)),
  );
