/** One photo of the grid: blank until the photo is known, then a link, then its image. */

import { h, icon, setChildren } from "../dom.js";
import { selection } from "../selection/selection.js";
import { formatNumber, strings } from "../strings.js";
import { state, urlOf } from "../urlState.js";
import { showSharply } from "../wall/sharpThumbnails.js";

export class PhotoTile {
  #hasImage = false;
  #bounds = "";
  #size = { width: 0, height: 0 };

  /** `index` of `count` photos in its section; `open(id, photos)` and `onFocus()` are called when that happens. */
  constructor(item, { index, count }, { open, onFocus }) {
    this.item = item;
    const position = { "aria-setsize": count, "aria-posinset": index + 1 };
    this.element = h("div", { class: "tile", role: "listitem", ...position, onfocusin: onFocus });
    this.element.tileIndex = index;
    if (item) {
      this.element.dataset.id = item.id;
      this.element.append(this.#link(open));
    }
    if (item?.favorite) this.element.append(h("span", { class: "favorite", "aria-hidden": "true" }, "♥"));
    if (item?.stack?.length) this.element.append(this.#badge(open));
    if (item) this.element.append(this.#pick());
    this.drawSelection();
  }

  /** The check mark; what a click does is for the grid to say. The keyboard picks with x or the space bar. */
  #pick() {
    const label = strings.pickPhoto(this.item.title);
    return h(
      "button",
      { type: "button", class: "pick", role: "checkbox", tabIndex: -1, "aria-label": label },
      icon("check"),
    );
  }

  /** Say whether the photo is picked. */
  drawSelection() {
    if (!this.item) return;
    const isPicked = selection.has(this.item);
    this.element.classList.toggle("picked", isPicked);
    this.element.querySelector(".pick").setAttribute("aria-checked", String(isPicked));
  }

  #link(open) {
    const choose = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(this.item.id);
    };
    const href = urlOf({ ...state, photo: this.item.id });
    const { alt, lang } = this.item;
    return h("a", { href, lang, tabIndex: -1, draggable: false, "aria-label": alt, onclick: choose });
  }

  /** How many photos look the same, and the way to them; for the keyboard they are also beside the open photo. */
  #badge(open) {
    const { id, stack } = this.item;
    const label = strings.lookTheSame(stack.length);
    const onclick = () => open(id, stack);
    const options = { type: "button", class: "stack", tabIndex: -1, title: label, "aria-label": label, onclick };
    return h("button", options, icon("copy"), formatNumber(stack.length));
  }

  get link() {
    return this.element.firstElementChild;
  }

  /** Position the tile, in pixels. */
  moveTo(left, top, width, height) {
    const bounds = String([left, top, width, height]);
    if (bounds === this.#bounds) return;
    this.#bounds = bounds;
    this.#size = { width, height };
    const { style } = this.element;
    style.insetInlineStart = `${left}px`;
    style.top = `${top}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  /** Fetch and show the image; one that is on the screen comes before others. */
  loadImage({ isUrgent }) {
    if (!this.item || this.#hasImage) return;
    this.#hasImage = true;
    const { link, item } = this;
    const fetchPriority = isUrgent ? "high" : "auto"; // a browser finds out by itself, but only once all is laid out
    const img = h("img", { alt: item.alt, decoding: "async", draggable: false, fetchPriority });
    img.addEventListener("load", () => this.element.classList.add("loaded"), { once: true });
    const failed = () => setChildren(link, h("span", { class: "broken-image" }, icon("broken"), item.title));
    showSharply(img, item, this.#size, failed);
    link.removeAttribute("aria-label");
    link.append(img, h("span", { class: "name", dir: "auto", "aria-hidden": "true" }, item.title));
  }

  /** Remove the tile, and do not finish loading an image that was scrolled past. */
  remove() {
    const img = this.element.querySelector("img");
    if (img && !img.complete) img.removeAttribute("src");
    this.element.remove();
  }
}

/** Insert a tile among others in reading order, which is the order of the Tab key and of screen readers. */
export function insertInOrder(list, { element }) {
  let next = list.lastElementChild?.tileIndex < element.tileIndex ? null : list.firstElementChild;
  while (next && next.tileIndex < element.tileIndex) next = next.nextElementSibling;
  list.insertBefore(element, next);
}
