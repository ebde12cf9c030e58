/** One photo on top of everything: the picture to zoom and swipe, what is known of it, and its neighbours. */

import { get, photoPath } from "./api.js";
import { button, fill, h, icon } from "./dom.js";
import { facts } from "./facts.js";
import { changed, go, leave, state } from "./state.js";
import { words } from "./strings.js";

/** The photos to leaf through: all that the library found, or a handful. */
const handful = (photos) => ({
  length: photos.length,
  at: async (place) => photos[place],
  placeOf: (id) => photos.findIndex((photo) => photo.id === id),
});

export class PhotoView {
  #library;
  #deletion;
  #sequence;
  #stage = null;
  #turn = 0;
  #closed;

  /** `closed(id)` is called with the photo shown last. */
  constructor(library, deletion, closed) {
    this.#library = library;
    this.#deletion = deletion;
    this.#closed = closed;
    this.#build();
    changed.addEventListener("change", ({ detail }) => this.#follow(detail.before.photo));
    library.addEventListener("changed", () => this.#rearranged());
    library.addEventListener("opened", () => this.#rearranged());
  }

  #build() {
    this.stage = h("div", { class: "stage" });
    this.side = h("div", { class: "facts", tabIndex: 0, role: "region", "aria-label": words.details });
    this.position = h("p", { class: "position", role: "status" });
    this.previous = button(words.previous, {
      icon: "left",
      bare: true,
      class: "turn previous",
      onclick: () => this.#move(-1),
    });
    this.next = button(words.next, { icon: "right", bare: true, class: "turn next", onclick: () => this.#move(1) });
    const close = button(words.close, { icon: "close", bare: true, class: "round", onclick: () => leave("photo") });
    this.dialog = h(
      "dialog",
      { id: "photo", tabIndex: -1, "aria-label": words.photo, onkeydown: (event) => this.#key(event) },
      h("div", { class: "frame" }, this.stage, this.previous, this.next, this.position, close),
      this.side,
    );
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      leave("photo");
    });
    document.body.append(this.dialog);
  }

  /** Open a photo; `photos` are the ones to leaf through if not the library's. */
  open(id, photos) {
    this.#sequence = photos && handful(photos);
    const inside = Boolean(state.photo);
    go({ photo: id }, { replace: inside });
  }

  /** The address has changed. */
  follow() {
    this.#follow("");
  }

  #follow(before) {
    if (state.photo === before) return;
    if (!state.photo) return this.#close(before);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.focus();
    document.documentElement.classList.add("viewing");
    this.#show(state.photo);
  }

  #close(id) {
    if (!this.dialog.open) return;
    this.#turn += 1;
    this.#endStage();
    this.#sequence = null;
    this.dialog.close();
    document.documentElement.classList.remove("viewing");
    fill(this.side);
    this.#closed(id);
  }

  #endStage() {
    this.#stage?.end();
    this.#stage = null;
  }

  get #photos() {
    return this.#sequence ?? this.#library;
  }

  async #show(id) {
    const turn = ++this.#turn;
    this.side.setAttribute("aria-busy", "true");
    this.side.scrollTop = 0;
    try {
      const photo = await get(photoPath(id));
      if (turn !== this.#turn) return;
      this.#tell(photo);
      await this.#picture(photo, turn);
    } catch (error) {
      if (turn === this.#turn) this.#missing(error);
    } finally {
      if (turn === this.#turn) this.side.removeAttribute("aria-busy");
    }
  }

  #tell(photo) {
    const focused = this.side.contains(document.activeElement);
    const open = (id, photos) => this.open(id, photos);
    fill(this.side, facts(photo, { open, erase: (one) => this.#erase(one) }));
    if (focused) this.side.focus();
  }

  async #picture(photo, turn) {
    if (this.#photos.placeOf(photo.id) < 0) this.#sequence = { ...handful([photo]), alone: true };
    const place = this.#photos.placeOf(photo.id);
    this.previous.hidden = place === 0;
    this.next.hidden = place >= this.#photos.length - 1;
    // A button that goes takes the keyboard with it.
    if (!this.dialog.contains(document.activeElement)) this.dialog.focus();
    fill(this.position, this.#photos.length > 1 ? words.position(place + 1, this.#photos.length) : "");
    const { Stage } = await import("./stage.js");
    if (turn !== this.#turn) return;
    if (this.#stage?.photos === this.#photos) {
      if (this.#stage.place !== place) this.#stage.to(place);
      return;
    }
    this.#endStage();
    const arrived = (one) => one.id !== state.photo && state.photo && go({ photo: one.id }, { replace: true });
    this.#stage = new Stage(this.stage, this.#photos, place, { arrived, closed: () => leave("photo") });
  }

  /** The library has changed under the open photo: places are not what they were. */
  #rearranged() {
    // A photo opened by its address stood alone until the library around it came.
    if (this.#sequence?.alone && this.#library.placeOf(state.photo) >= 0) this.#sequence = null;
    if (!this.dialog.open || this.#sequence) return;
    this.#endStage();
    this.#show(state.photo);
  }

  #missing(error) {
    this.#endStage();
    this.previous.hidden = this.next.hidden = this.#photos.placeOf(state.photo) < 0;
    fill(this.position);
    const gone = error.status === 404;
    const title = gone ? words.gone : words.cannotOpen;
    const hint = gone ? words.goneHint : error.message;
    const again = !gone && button(words.retry, { icon: "again", onclick: () => this.#show(state.photo) });
    fill(this.side, h("div", { class: "missing" }, icon("broken"), h("h2", {}, title), h("p", {}, hint), again));
  }

  async #move(by) {
    let place = this.#photos.placeOf(state.photo);
    if (place < 0) return;
    let photo;
    do {
      place += by;
      photo = await this.#photos.at(place);
    } while (photo?.gone);
    if (photo) go({ photo: photo.id }, { replace: true });
  }

  #key(event) {
    if (event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
    const rtl = getComputedStyle(this.dialog).direction === "rtl" ? -1 : 1;
    const by = { ArrowRight: rtl, ArrowLeft: -rtl }[event.key];
    if (by) {
      event.preventDefault();
      this.#move(by);
    }
    if (event.key === "Delete" && this.side.querySelector(".danger")) this.side.querySelector(".danger").click();
  }

  /** The next photo takes the place of the deleted one; without one the view closes. */
  async #erase(photo) {
    this.#deletion.start({ id: photo.id, title: photo.title || photo.file_name });
    await this.#move(1);
    if (state.photo === photo.id) await this.#move(-1);
    if (state.photo === photo.id) leave("photo");
  }
}
