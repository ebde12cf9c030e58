/** One photo in a dialog over the page: its image to zoom and swipe, its details, and the photos before and after. */

import { get, photoPath, post } from "../api.js";
import { button, h, icon, setChildren } from "../dom.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { closeView, navigate, state, urlChanges } from "../urlState.js";
import { PhotoCarousel } from "./photoCarousel.js";
import { photoDetails } from "./photoDetails.js";
import { photoForm } from "./photoForm.js";
import { photoMove } from "./photoMove.js";

/** A few photos to browse, in place of the search results. */
const photoList = (photos) => ({
  length: photos.length,
  photoAt: async (position) => photos[position],
  positionOf: (id) => photos.findIndex((photo) => photo.id === id),
  placeOf: (id) => ({ before: photos.findIndex((photo) => photo.id === id), total: photos.length }),
});

export class PhotoDialog {
  #results;
  #deletion;
  #list = null; // the photos to browse if not the search results
  #carousel = null;
  #generation = 0; // a response for an earlier photo is ignored
  #onClose;
  #edited = ""; // the id of the photo whose form is open

  /** `onClose(id)` is called with the photo shown last. */
  constructor(results, deletion, onClose) {
    this.#results = results;
    this.#deletion = deletion;
    this.#onClose = onClose;
    this.#build();
    urlChanges.addEventListener("change", ({ detail }) => this.#followUrl(detail.previous.photo));
    results.addEventListener("changed", () => this.#resultsChanged());
    results.addEventListener("searched", () => this.#resultsChanged());
  }

  #build() {
    this.carousel = h("div", { class: "carousel" });
    this.details = h("div", { class: "details", tabIndex: 0, role: "region", "aria-label": strings.details });
    this.position = h("p", { class: "position", role: "status" });
    this.previous = button(strings.previous, {
      icon: "left",
      iconOnly: true,
      class: "step previous",
      onclick: () => this.#move(-1),
    });
    this.next = button(strings.next, {
      icon: "right",
      iconOnly: true,
      class: "step next",
      onclick: () => this.#move(1),
    });
    const close = button(strings.close, {
      icon: "close",
      iconOnly: true,
      class: "close",
      onclick: () => closeView("photo"),
    });
    this.dialog = h(
      "dialog",
      { id: "photo", tabIndex: -1, "aria-label": strings.photo, onkeydown: (event) => this.#onKey(event) },
      h("div", { class: "image-area" }, this.carousel, this.previous, this.next, this.position, close),
      this.details,
    );
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      closeView("photo");
    });
    document.body.append(this.dialog);
  }

  /** Open a photo; `photos` are the ones to browse if not the search results. */
  open(id, photos) {
    this.#list = photos && photoList(photos);
    navigate({ photo: id }, { replace: Boolean(state.photo) });
  }

  /** Show the photo in the URL, as when the page is opened. */
  showFromUrl() {
    this.#followUrl("");
  }

  #followUrl(previous) {
    if (state.photo === previous) return;
    if (!state.photo) {
      this.#close(previous);
      return;
    }
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.focus();
    document.documentElement.classList.add("photo-open");
    this.#show(state.photo);
  }

  #close(id) {
    if (!this.dialog.open) return;
    this.#generation += 1;
    this.#endCarousel();
    this.#edited = "";
    this.#list = null;
    this.dialog.close();
    document.documentElement.classList.remove("photo-open");
    setChildren(this.details);
    this.#onClose(id);
  }

  #endCarousel() {
    this.#carousel?.end();
    this.#carousel = null;
  }

  get #photos() {
    return this.#list ?? this.#results;
  }

  async #show(id) {
    this.#generation += 1;
    const generation = this.#generation;
    this.details.setAttribute("aria-busy", "true");
    this.details.scrollTop = 0;
    try {
      const photo = await get(photoPath(id));
      if (generation !== this.#generation) return;
      this.#drawDetails(photo);
      await this.#drawImage(photo, generation);
    } catch (error) {
      if (generation === this.#generation) this.#drawError(error);
    } finally {
      if (generation === this.#generation) this.details.removeAttribute("aria-busy");
    }
  }

  #drawDetails(photo) {
    if (this.#edited === photo.id) return; // what somebody is writing stays
    this.#edited = "";
    const isFocused = this.details.contains(document.activeElement);
    const open = (id, photos) => this.open(id, photos);
    const question = this.#list ? "" : state.q;
    const actions = {
      open,
      deletePhoto: (each) => this.#delete(each),
      editPhoto: (each) => this.#edit(each),
      undoEdit: (each) => this.#undoEdit(each),
      movePhoto: (each) => this.#movePhoto(each),
      question,
      stack: this.#results.stackOf(photo.id),
    };
    setChildren(this.details, photoDetails(photo, actions));
    if (isFocused) this.details.focus();
  }

  #edit(photo) {
    const done = (saved) => {
      this.#edited = "";
      this.#drawDetails(saved ?? photo);
      this.details.querySelector("h2").focus();
      if (saved) this.#offerUndo(saved);
    };
    this.#showForm(photo, photoForm(photo, { done }));
  }

  #showForm(photo, form) {
    this.#edited = photo.id;
    setChildren(this.details, form);
    this.details.scrollTop = 0;
    this.details.querySelector("h2").focus();
  }

  #movePhoto(photo) {
    const done = async (id) => {
      this.#edited = "";
      if (id) await this.#showMoved(photo.id, id);
      else this.#drawDetails(photo);
      this.details.querySelector("h2")?.focus();
    };
    this.#showForm(photo, photoMove(photo, { done }));
  }

  /** Show a photo under its new id, here and in the results. */
  async #showMoved(oldId, id) {
    const moved = await get(photoPath(id)).catch(() => ({ id }));
    this.#results.replace(oldId, moved);
    if (state.photo === oldId) navigate({ photo: id }, { replace: true });
    toast(strings.moved);
  }

  async #offerUndo(photo) {
    if (await toast(strings.saved, { actionLabel: strings.undo })) await this.#undoEdit(photo);
  }

  async #undoEdit({ id }) {
    try {
      const photo = await post(`${photoPath(id)}/undo`);
      if (state.photo === id) this.#drawDetails(photo);
    } catch (error) {
      toast(error.message);
    }
  }

  async #drawImage(photo, generation) {
    if (this.#photos.positionOf(photo.id) < 0) this.#list = { ...photoList([photo]), isSingle: true };
    const position = this.#photos.positionOf(photo.id);
    this.previous.hidden = position === 0;
    this.next.hidden = position >= this.#photos.length - 1;
    // A button that disappears takes the focus with it.
    if (!this.dialog.contains(document.activeElement)) this.dialog.focus();
    this.#drawPosition();
    const { default: PhotoSwipe } = await import("../../vendor/photoswipe.js");
    if (generation !== this.#generation) return;
    if (this.#carousel?.photos === this.#photos) {
      if (this.#carousel.position !== position) this.#carousel.goTo(position);
      return;
    }
    this.#endCarousel();
    const onMove = (each) => each.id !== state.photo && state.photo && navigate({ photo: each.id }, { replace: true });
    this.#carousel = new PhotoCarousel(PhotoSwipe, this.carousel, this.#photos, position, {
      onMove,
      onClose: () => closeView("photo"),
    });
  }

  /** Which photo of how many this is; those being deleted count no more. */
  #drawPosition() {
    const { before, total } = this.#photos.placeOf(state.photo);
    setChildren(this.position, total > 1 ? strings.position(before + 1, total) : "");
  }

  /** The search results have changed behind the open photo: positions are not what they were. */
  #resultsChanged() {
    // A photo opened by its URL was the only one until the results with it arrived.
    if (this.#list?.isSingle && this.#results.positionOf(state.photo) >= 0) this.#list = null;
    if (!this.dialog.open || this.#list) return;
    this.#endCarousel();
    this.#show(state.photo);
  }

  #drawError(error) {
    this.#endCarousel();
    const isUnknown = this.#photos.positionOf(state.photo) < 0;
    this.previous.hidden = isUnknown;
    this.next.hidden = isUnknown;
    setChildren(this.position);
    const isMissing = error.status === 404;
    const title = isMissing ? strings.photoMissing : strings.cannotOpen;
    const hint = isMissing ? strings.photoMissingHint : error.message;
    const retry = !isMissing && button(strings.retry, { icon: "retry", onclick: () => this.#show(state.photo) });
    setChildren(
      this.details,
      h("div", { class: "load-error" }, icon("broken"), h("h2", {}, title), h("p", {}, hint), retry),
    );
  }

  async #move(step) {
    let position = this.#photos.positionOf(state.photo);
    if (position < 0) return;
    let photo;
    do {
      position += step;
      photo = await this.#photos.photoAt(position);
    } while (photo?.hidden);
    if (photo) navigate({ photo: photo.id }, { replace: true });
  }

  #onKey(event) {
    if (event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
    const forward = getComputedStyle(this.dialog).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
    if (step) {
      event.preventDefault();
      this.#move(step);
    }
    if (event.key === "Delete" && may("editor")) this.details.querySelector(".danger")?.click();
  }

  /** The next photo takes the place of the deleted one; without one the dialog closes. */
  async #delete(photo) {
    this.#deletion.start({ id: photo.id, title: photo.title || photo.file_name });
    await this.#move(1);
    if (state.photo === photo.id) await this.#move(-1);
    if (state.photo === photo.id) closeView("photo");
  }
}
