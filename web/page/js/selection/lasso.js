/** Picking with a rectangle that the mouse draws, from between the photos or beside them. */

import { h, oncePerFrame } from "../dom.js";
import { photosInRow, rowIndexAt, rowsTop, sectionIndexAt } from "../library/gridLayout.js";
import { selection } from "./selection.js";

const SLIGHT = 6; // pixels of a movement that is none yet
const EDGE = 40; // pixels from the edge where the photos begin to scroll
const SPEED = 18; // pixels a frame

export class Lasso {
  #results;
  #scroller;
  #canvas;
  #box = h("div", { class: "lasso", hidden: true });
  #from = null; // {x, y} on the canvas
  #pointer = null; // {clientX, clientY}
  #inside = new Map(); // photos by id
  #before = new Set(); // ids that were picked without it
  #draw = oncePerFrame(() => this.#follow());

  constructor(results, { scroller, canvas }) {
    this.#results = results;
    this.#scroller = scroller;
    this.#canvas = canvas;
    canvas.append(this.#box);
    scroller.addEventListener("pointerdown", (event) => this.#begin(event));
  }

  #begin(event) {
    const isEmpty = event.target === this.#scroller || event.target.matches(".canvas, .month, .month > div, .month h2");
    const isOnBar = event.offsetX > this.#scroller.clientWidth && event.target === this.#scroller;
    if (event.pointerType !== "mouse" || event.button || !isEmpty || isOnBar || selection.isAll) return;
    event.preventDefault(); // no text is to be marked
    this.#from = this.#onCanvas(event);
    this.#inside.clear();
    this.#before = new Set(selection.ids);
    const move = (next) => {
      this.#pointer = { clientX: next.clientX, clientY: next.clientY };
      this.#draw();
    };
    const end = () => {
      removeEventListener("pointermove", move);
      this.#from = null;
      this.#box.hidden = true;
    };
    addEventListener("pointermove", move);
    for (const each of ["pointerup", "pointercancel"]) addEventListener(each, end, { once: true });
  }

  #onCanvas({ clientX, clientY }) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #follow() {
    if (!this.#from) return;
    this.#scrollAtEdge();
    const to = this.#onCanvas(this.#pointer);
    const left = Math.min(this.#from.x, to.x);
    const top = Math.min(this.#from.y, to.y);
    const right = Math.max(this.#from.x, to.x);
    const bottom = Math.max(this.#from.y, to.y);
    if (this.#box.hidden && Math.max(right - left, bottom - top) < SLIGHT) return;
    this.#box.hidden = false;
    const { style } = this.#box;
    style.left = `${left}px`;
    style.top = `${top}px`;
    style.width = `${right - left}px`;
    style.height = `${bottom - top}px`;
    this.#pick({ left, top, right, bottom });
  }

  #scrollAtEdge() {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const { clientY } = this.#pointer;
    const step = clientY < top + EDGE ? -SPEED : clientY > bottom - EDGE ? SPEED : 0;
    if (!step) return;
    const before = this.#scroller.scrollTop;
    this.#scroller.scrollTop += step;
    if (this.#scroller.scrollTop !== before) setTimeout(() => this.#draw());
  }

  /** What the rectangle touches is picked, and what it has left is not, unless it was before. */
  #pick(rectangle) {
    const inside = new Map(
      photosWithin(this.#results.sections, this.#mirrored(rectangle)).map((each) => [each.id, each]),
    );
    const left = [...this.#inside.values()].filter(({ id }) => !inside.has(id) && !this.#before.has(id));
    const more = [...inside.values()].filter(({ id }) => !this.#inside.has(id));
    this.#inside = inside;
    if (left.length) selection.set(left, false);
    if (more.length) selection.set(more, true);
  }

  /** Rows begin at the right where people write from there. */
  #mirrored({ left, right, ...rest }) {
    if (getComputedStyle(this.#canvas).direction !== "rtl") return { left, right, ...rest };
    const width = this.#canvas.clientWidth;
    return { left: width - right, right: width - left, ...rest };
  }
}

/** The photos that a rectangle of the canvas touches, of those that are there: `{left, top, right, bottom}`. */
function photosWithin(sections, { left, top, right, bottom }) {
  const photos = [];
  for (let number = sectionIndexAt(sections, top); sections[number]?.layout?.top < bottom; number += 1) {
    const section = sections[number];
    const { rows, items } = section.layout;
    const start = rowsTop(section.layout);
    for (let row = Math.max(0, rowIndexAt(section, top)); rows[row] && start + rows[row].top < bottom; row += 1) {
      for (const { index, left: from, width } of photosInRow(section, rows[row])) {
        const isTouched = from < right && from + width > left && items[index];
        if (isTouched) photos.push(items[index]);
      }
    }
  }
  return photos;
}
