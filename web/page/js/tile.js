/** One place on the wall: blank until its photo is known, then a link, then a picture. */

import { fill, h, icon } from "./dom.js";
import { show } from "./links.js";
import { address, state } from "./state.js";

export class Tile {
  pictured = false;
  #box = "";

  /** `place` is `{index, of}`; `open()` and `focused()` are called when that happens to it. */
  constructor(item, { index, of }, { open, focused }) {
    this.item = item;
    const place = { class: "tile", role: "listitem", "aria-setsize": of, "aria-posinset": index + 1 };
    this.element = h("div", { ...place, onfocusin: focused });
    this.element.place = index;
    if (item) this.element.append(this.#link(open));
  }

  #link(open) {
    const choose = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(this.item.id);
    };
    const href = address({ ...state, photo: this.item.id });
    return h("a", { href, tabIndex: -1, draggable: false, "aria-label": this.item.alt, onclick: choose });
  }

  get link() {
    return this.element.firstElementChild;
  }

  /** Stand here, in pixels. */
  at(left, top, width, height) {
    const box = String([left, top, width, height]);
    if (box === this.#box) return;
    this.#box = box;
    const { style } = this.element;
    style.insetInlineStart = `${left}px`;
    style.top = `${top}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  /** Fetch and show the picture. */
  picture() {
    if (!this.item || this.pictured) return;
    this.pictured = true;
    const { link, item } = this;
    const img = h("img", { alt: item.alt, decoding: "async", draggable: false });
    img.addEventListener("load", () => this.element.classList.add("shown"), { once: true });
    show(img, item.id, "thumbnail", () => fill(link, h("span", { class: "broken" }, icon("broken"), item.title)));
    link.removeAttribute("aria-label");
    link.append(img, h("span", { class: "name", "aria-hidden": "true" }, item.title));
  }

  /** Go, and do not finish loading what was scrolled past. */
  remove() {
    const img = this.element.querySelector("img");
    if (img && !img.complete) img.removeAttribute("src");
    this.element.remove();
  }
}

/** Put a tile among others in reading order, which is the order of the Tab key and of screen readers. */
export function insert(list, { element }) {
  let next = list.lastElementChild?.place < element.place ? null : list.firstElementChild;
  while (next && next.place < element.place) next = next.nextElementSibling;
  list.insertBefore(element, next);
}
