/** One photo in a dialog over the page: its image to zoom and swipe, its details, and the photos before and after. */

import { get, photoPath } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { countAgain } from "../library/countAgain.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { closeView, navigate, state, urlChanges } from "../urlState.js";
import { isRatingKey, rateByKey } from "../wall/ratings.js";
import { PhotoCarousel } from "./photoCarousel.js";
import { PhotoDeletion } from "./photoDeletion.js";
import { PhotoPanel } from "./photoPanel.js";

const ZOOM_KEYS = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 };

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
  #panel;
  #edited = new Map(); // by id, what the grid is to show from when it is seen again

  /** `onClose(id)` is called with the photo shown last. */
  constructor(results, onClose) {
    this.#results = results;
    this.#deletion = new PhotoDeletion(results);
    this.#onClose = onClose;
    this.#build();
    urlChanges.addEventListener("change", ({ detail }) => this.#followUrl(detail.previous.photo));
    results.addEventListener("changed", () => this.#resultsChanged());
    results.addEventListener("searched", () => this.#resultsChanged());
  }

  #build() {
    this.carousel = h("div", { class: "carousel" });
    this.#panel = new PhotoPanel({
      open: (id, photos) => this.open(id, photos),
      deletePhoto: (photo) => this.#delete(photo),
      compare: (photo) => this.#compare(photo),
      onMoved: (oldId, photo) => this.#results.replace(oldId, photo),
      onEdited: (photo) => this.#wasEdited(photo),
    });
    this.details = this.#panel.element;
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

  /** Show the photo in the URL, among these if not the search results. */
  showFromUrl(photos) {
    this.#list = photos && photoList(photos);
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
    this.#list = null;
    this.dialog.close();
    document.documentElement.classList.remove("photo-open");
    this.#panel.clear();
    this.#showEdited();
    this.#onClose(id);
  }

  /** The grid shows it once it is seen again, which it may be already: a save takes its time. */
  #wasEdited(photo) {
    this.#edited.set(photo.id, photo);
    if (!this.dialog.open) this.#showEdited();
  }

  #showEdited() {
    for (const photo of this.#edited.values()) this.#results.update(photo);
    if (this.#edited.size) countAgain(this.#results);
    this.#edited.clear();
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
      this.#drawPanel(photo);
      await this.#drawImage(photo, generation);
    } catch (error) {
      if (generation === this.#generation) this.#drawError(error);
    } finally {
      if (generation === this.#generation) this.details.removeAttribute("aria-busy");
    }
  }

  async #drawImage(photo, generation) {
    if (this.#photos.positionOf(photo.id) < 0) this.#list = { ...photoList([photo]), isSingle: true };
    const position = this.#photos.positionOf(photo.id);
    const { before, total } = this.#photos.placeOf(photo.id);
    this.previous.hidden = before === 0;
    this.next.hidden = before >= total - 1;
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
    this.#panel.drawError(error, () => this.#show(state.photo));
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
    if (event.key in ZOOM_KEYS) {
      event.preventDefault();
      this.#carousel?.zoomBy(ZOOM_KEYS[event.key]);
    }
    if (isRatingKey(event)) rateByKey(state.photo, event.key, (photo) => this.#rated(photo));
    if (event.key === "Delete" && may("editor")) this.details.querySelector(".danger")?.click();
  }

  /** This photo beside the next one, or beside an earlier description of its own. */
  async #compare(photo) {
    const { openComparison } = await import("./comparison.js");
    const position = this.#photos.positionOf(photo.id);
    openComparison(photo, { photos: this.#photos, position });
  }

  #drawPanel(photo) {
    const question = this.#list ? "" : state.q;
    this.#panel.draw(photo, { question, stack: this.#results.stackOf(photo.id) });
  }

  #rated(photo) {
    if (state.photo === photo.id) this.#drawPanel(photo);
    this.#results.replace(photo.id, { favorite: photo.favorite, rating: photo.rating });
  }

  /** The next photo takes the place of the deleted one; without one the dialog closes. */
  async #delete(photo) {
    this.#deletion.start({ id: photo.id, title: photo.title || photo.file_name });
    await this.#move(1);
    if (state.photo === photo.id) await this.#move(-1);
    if (state.photo === photo.id) closeView("photo");
  }
}
