/** Putting the photos of a collection in order: with the mouse, or with Alt and the arrow keys. */

import { h } from "../dom.js";
import { photosInRow, rowIndexAt, rowsTop } from "../library/gridLayout.js";
import { photoAfterKey } from "../library/gridNavigation.js";
import { may } from "../rights.js";
import { selection } from "../selection/selection.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { collections } from "./collections.js";

const SLIGHT = 8; // pixels of a movement that is none yet
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

export class Ordering {
  #grid;
  #results;
  #canvas;
  #mark = h("div", { class: "drop-mark", hidden: true });
  #saving = Promise.resolve(); // one change after the other, as each names a neighbour

  constructor(grid, results, canvas) {
    this.#grid = grid;
    this.#results = results;
    this.#canvas = canvas;
    canvas.append(this.#mark);
    canvas.addEventListener("pointerdown", (event) => this.#onPointerDown(event));
  }

  get #isPossible() {
    return Boolean(this.#results.query?.order) && may("editor");
  }

  get #items() {
    return this.#results.sections[0].items.filter((item) => item?.id);
  }

  // -- keyboard -----------------------------------------------------------------------------

  /** Move the photo that has the focus; returns whether the key does that. */
  onKey(event, focus) {
    if (!event.altKey || !ARROWS.includes(event.key) || !this.#isPossible) return false;
    const rtl = getComputedStyle(this.#canvas).direction === "rtl";
    const next = photoAfterKey(this.#results.sections, focus, event.key, { rtl });
    const [item, other] = [focus, next].map((place) => this.#grid.itemAt(place));
    if (!item || !other || item === other) return true;
    const isLater = next.index > focus.index;
    this.#move([item.id], isLater ? this.#after(other.id) : other.id);
    this.#grid.focusPhoto(item.id);
    return true;
  }

  #after(id, moving = new Set()) {
    const items = this.#items;
    return items.slice(items.findIndex((item) => item.id === id) + 1).find((item) => !moving.has(item.id))?.id ?? "";
  }

  // -- mouse --------------------------------------------------------------------------------

  #onPointerDown(event) {
    const place = this.#grid.placeOf(event.target);
    if (event.pointerType !== "mouse" || event.button || !place || event.target.closest("button")) return;
    if (!this.#isPossible) return;
    const item = this.#grid.itemAt(place);
    const ids = selection.ids.includes(item?.id) ? selection.ids : [item?.id];
    const start = event;
    let target = null;
    const move = (next) => {
      if (!target && Math.hypot(next.clientX - start.clientX, next.clientY - start.clientY) < SLIGHT) return;
      target = this.#targetAt(next) ?? target;
      this.#canvas.classList.add("ordering");
      this.#showMark(target);
    };
    const end = (last) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      this.#mark.hidden = true;
      this.#canvas.classList.remove("ordering");
      if (!target) return;
      this.#canvas.addEventListener("click", stop, { capture: true, once: true });
      setTimeout(() => this.#canvas.removeEventListener("click", stop, { capture: true }));
      if (last.type === "pointerup") this.#drop(ids, target);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  /** The photo at the pointer, and whether the pointer is on its later half. */
  #targetAt({ clientX, clientY }) {
    const bounds = this.#canvas.getBoundingClientRect();
    const isRtl = getComputedStyle(this.#canvas).direction === "rtl";
    const x = isRtl ? bounds.right - clientX : clientX - bounds.left;
    const [section] = this.#results.sections;
    const row =
      section.layout.rows[Math.min(rowIndexAt(section, clientY - bounds.top), section.layout.rows.length - 1)];
    if (!row) return null;
    const photos = photosInRow(section, row).filter(({ index }) => section.layout.items[index]);
    const photo = photos.find(({ left, width }) => x < left + width) ?? photos.at(-1);
    if (!photo) return null;
    const isLater = x > photo.left + photo.width / 2;
    const top = rowsTop(section.layout) + row.top;
    const edge = isLater ? photo.left + photo.width : photo.left;
    return { id: section.layout.items[photo.index].id, isLater, top, height: row.height, edge };
  }

  #showMark(target) {
    this.#mark.hidden = !target;
    if (!target) return;
    const { style } = this.#mark;
    style.top = `${target.top}px`;
    style.height = `${target.height}px`;
    style.insetInlineStart = `${target.edge - 4}px`;
  }

  #drop(ids, { id, isLater }) {
    const moving = new Set(ids);
    const before = isLater || moving.has(id) ? this.#after(id, moving) : id;
    if (ids.length === 1 && moving.has(id)) return;
    this.#move(ids, before);
  }

  // -- what is kept ---------------------------------------------------------------------------

  /** Put photos before another one, or at the end, and offer to take that back. */
  async #move(ids, before) {
    const places = this.#items.map(({ id }) => id);
    const inOrder = places.filter((id) => ids.includes(id)); // those that are picked elsewhere are not here
    const steps = inOrder.map((id) => [[id], places[places.indexOf(id) + 1] ?? ""]).reverse();
    const collection = this.#results.query.order;
    if (!(await this.#keep(collection, [[inOrder, before]]))) return;
    const position = this.#items.findIndex(({ id }) => id === inOrder[0]) + 1;
    const undone = await toast(strings.ordered(position, places.length), { actionLabel: strings.undo });
    if (undone && this.#results.query.order === collection) await this.#keep(collection, steps);
  }

  /** Show it at once, and write it down; what cannot be is shown as it is. */
  async #keep(collection, steps) {
    for (const [ids, before] of steps) this.#results.reorder(ids, before);
    const write = async () => {
      for (const [ids, before] of steps) await collections.place(collection, ids, before);
    };
    this.#saving = this.#saving.then(write);
    try {
      await this.#saving;
      return true;
    } catch (error) {
      this.#saving = Promise.resolve();
      toast(error.message);
      collections.dispatchEvent(new Event("reordered"));
      return false;
    }
  }
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
