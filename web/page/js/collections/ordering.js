/** Putting the photos of a collection in order: with the mouse, a finger, or with Alt and the arrow keys. */

import { h } from "../dom.js";
import { photosInRow, rowIndexAt, rowsTop } from "../library/gridLayout.js";
import { photoAfterKey } from "../library/gridNavigation.js";
import { may } from "../rights.js";
import { selection } from "../selection/selection.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { collections } from "./collections.js";
import { PhotoDrag } from "./photoDrag.js";

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
    // A browser asks before it scrolls only where it has been told so before a finger comes; elsewhere it need not wait.
    const ask = () => {
      if (this.#isPossible) canvas.addEventListener("touchmove", nothing, { passive: false });
      else canvas.removeEventListener("touchmove", nothing);
    };
    results.addEventListener("searched", ask);
    ask();
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

  // -- mouse and touch ----------------------------------------------------------------------

  #onPointerDown(event) {
    const place = this.#grid.placeOf(event.target);
    const item = place && this.#grid.itemAt(place);
    if (!item || event.button || !event.isPrimary || event.target.closest("button") || !this.#isPossible) return;
    const { isOpen, ids: picked } = selection;
    const ids = picked.includes(item.id) ? picked : [item.id];
    let target = null;
    new PhotoDrag(this.#canvas.parentElement, event, {
      began: () => {
        this.#canvas.classList.add("ordering");
        if (event.pointerType !== "mouse") restoreSelection(item, isOpen, picked);
      },
      moved: (next) => {
        target = this.#targetAt(next) ?? target;
        this.#showMark(target);
      },
      ended: (isDropped) => {
        this.#mark.hidden = true;
        this.#canvas.classList.remove("ordering");
        this.#canvas.addEventListener("click", stop, { capture: true, once: true });
        setTimeout(() => this.#canvas.removeEventListener("click", stop, { capture: true }));
        if (isDropped && target) this.#drop(ids, target);
      },
    });
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

/** A finger that has stayed on a photo has picked it as well, or taken it out: not so where it goes on to drag it. */
function restoreSelection(item, wasOpen, picked) {
  if (wasOpen) selection.set([item], picked.includes(item.id));
  else selection.clear();
}

function nothing() {}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
