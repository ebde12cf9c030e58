/** The photo grid: only what is near the screen is in the document, and nothing jumps when more photos arrive. */

import { debounce, h, oncePerFrame } from "../dom.js";
import { GridSelection } from "../selection/gridSelection.js";
import { strings } from "../strings.js";
import {
  GAP,
  HEADING_HEIGHT,
  itemIndex,
  layOutSections,
  photosInRow,
  rowIndexAt,
  rowIndexOf,
  rowsTop,
  SECTION_SPACING,
  sectionIndexAt,
  topOfPhoto,
  visibleCount,
} from "./gridLayout.js";
import { photoAfterKey } from "./gridNavigation.js";
import { insertInOrder, PhotoTile } from "./photoTile.js";

const OVERSCAN = 700; // pixels beyond the screen that are ready
const FAST_SCROLL = 4; // screens a second beyond which images wait until the scrolling slows down

export class PhotoGrid {
  #results;
  #scroller;
  #canvas;
  #open;
  #boxes = new Map(); // by section index
  #tiles = new Map(); // by section index and photo index
  #focus = { section: 0, index: 0 };
  #lastScroll = { top: 0, time: 0 };
  #isFast = false;
  #focusPending = false; // whether the focused photo has yet to come into the document
  #ordering = null; // what puts a collection in order
  #tabStop = null; // the one link that the Tab key stops at
  #drawSoon = oncePerFrame(() => this.#draw());
  #scrollEnded = debounce(() => this.#resume(), 110);

  /** `open(id)` is called when a photo is chosen. */
  constructor(results, scroller, open) {
    this.#results = results;
    this.#scroller = scroller;
    this.#open = open;
    this.#canvas = h("div", { class: "canvas", onkeydown: (event) => this.#onKey(event) });
    scroller.append(this.#canvas);
    results.addEventListener("searched", () => this.#loadOrdering());
    this.selecting = new GridSelection(this, results, { scroller, canvas: this.#canvas });
    scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    results.addEventListener("searched", () => this.#reset());
    results.addEventListener("pageloaded", (event) => this.#layOutInPlace(event.detail));
    results.addEventListener("changed", () => this.#layOutInPlace());
    new ResizeObserver(oncePerFrame(() => this.#layOutInPlace())).observe(scroller);
  }

  #reset() {
    for (const { element } of this.#boxes.values()) element.remove();
    this.#boxes.clear();
    this.#tiles.clear();
    this.#focus = { section: 0, index: 0 };
    this.#layOut();
    this.#draw();
  }

  // -- layout -------------------------------------------------------------------------------

  #layOut(changedSection) {
    const width = this.#canvas.clientWidth;
    if (!width) return;
    this.#canvas.style.height = `${layOutSections(this.#results.sections, width, changedSection)}px`;
  }

  /** Change the layout while the photos in view stay where they are. */
  #layOutInPlace(changedSection) {
    const anchor = this.#scrollAnchor();
    this.#layOut(changedSection);
    if (anchor && this.#scroller.scrollTop > 0) {
      const top = topOfPhoto(this.#results.sections[anchor.section], anchor.index) + anchor.offset;
      if (Math.abs(top - this.#scroller.scrollTop) > 1) this.#scroller.scrollTop = top;
    }
    this.#draw();
  }

  /** The first photo in view, and how far it is scrolled. */
  #scrollAnchor() {
    const { scrollTop } = this.#scroller;
    const sectionIndex = sectionIndexAt(this.#results.sections, scrollTop);
    const section = this.#results.sections[sectionIndex];
    if (!section?.layout) return null;
    const index = section.layout.rows[rowIndexAt(section, scrollTop)]?.from ?? 0;
    return { section: sectionIndex, index, offset: scrollTop - topOfPhoto(section, index) };
  }

  // -- drawing ------------------------------------------------------------------------------

  #onScroll() {
    const { scrollTop, clientHeight } = this.#scroller;
    const now = performance.now();
    const seconds = Math.max(0.008, (now - this.#lastScroll.time) / 1000);
    this.#isFast = Math.abs(scrollTop - this.#lastScroll.top) / clientHeight / seconds > FAST_SCROLL;
    this.#lastScroll = { top: scrollTop, time: now };
    this.#drawSoon();
    this.#scrollEnded();
  }

  #resume() {
    this.#isFast = false;
    this.#draw();
  }

  /** Put the tiles near the screen into the document, remove the others, request photos that are missing. */
  #draw() {
    const { sections } = this.#results;
    const from = this.#scroller.scrollTop - OVERSCAN;
    const to = this.#scroller.scrollTop + this.#scroller.clientHeight + OVERSCAN;
    const near = new Set();
    const ranges = [];
    for (let index = sectionIndexAt(sections, from); sections[index]?.layout?.top < to; index += 1) {
      if (!sections[index].layout.rows.length) continue;
      near.add(index);
      ranges.push(this.#drawSection(index, from, to));
    }
    this.#removeBoxesExcept(near);
    if (!this.#isFast) this.#results.need(ranges.filter(Boolean));
    this.#updateTabStop();
  }

  /** Draw the rows of a section between two offsets; returns the range of photos they show. */
  #drawSection(sectionIndex, from, to) {
    const section = this.#results.sections[sectionIndex];
    const { rows, top, height } = section.layout;
    const box = this.#boxes.get(sectionIndex) ?? this.#addBox(sectionIndex, section);
    box.element.style.top = `${top}px`;
    box.element.style.height = `${height - SECTION_SPACING}px`;
    const keys = new Set();
    const first = rowIndexAt(section, from);
    let next = first;
    for (; next < rows.length && rows[next].top < to - rowsTop(section.layout); next += 1) {
      for (const photo of photosInRow(section, rows[next])) {
        keys.add(this.#drawTile(sectionIndex, box, rows[next], photo));
      }
    }
    for (const key of box.keys) if (!keys.has(key)) this.#removeTile(key);
    box.keys = keys;
    if (next === first) return null;
    return { section, from: itemIndex(section, rows[first].from), to: itemIndex(section, rows[next - 1].to - 1) + 1 };
  }

  #addBox(sectionIndex, section) {
    const list = h("div", { role: "list" });
    const heading = section.label && h("h2", {}, section.label);
    const element = h("section", { class: "month", "aria-label": section.label || strings.library }, heading, list);
    const after = [...this.#boxes].filter(([other]) => other > sectionIndex).sort(([a], [b]) => a - b)[0];
    this.#canvas.insertBefore(element, after?.[1].element ?? null);
    const box = { element, list, keys: new Set() };
    this.#boxes.set(sectionIndex, box);
    return box;
  }

  /** Draw a photo of a row, and return the key of its tile. */
  #drawTile(sectionIndex, box, row, { index, left, width }) {
    const section = this.#results.sections[sectionIndex];
    const item = section.layout.items[index];
    const key = `${sectionIndex}:${index}`;
    let tile = this.#tiles.get(key);
    if (!tile || tile.item !== item) {
      tile?.remove();
      const onFocus = () => {
        this.#focus = { section: sectionIndex, index };
      };
      tile = new PhotoTile(item, { index, count: visibleCount(section) }, { open: this.#open, onFocus });
      this.#tiles.set(key, tile);
      insertInOrder(box.list, tile);
    }
    tile.moveTo(left, section.layout.headingHeight + row.top, width, row.height);
    if (!this.#isFast) tile.loadImage();
    return key;
  }

  #removeTile(key) {
    const tile = this.#tiles.get(key);
    if (!tile || tile.element.contains(document.activeElement)) return;
    tile.remove();
    this.#tiles.delete(key);
  }

  #removeBoxesExcept(near) {
    for (const [sectionIndex, { element, keys }] of this.#boxes) {
      if (near.has(sectionIndex) || element.contains(document.activeElement)) continue;
      for (const key of keys) this.#removeTile(key);
      element.remove();
      this.#boxes.delete(sectionIndex);
    }
  }

  /** The position in the whole list of the first photo on the screen. */
  firstInView() {
    const { section = 0, index = 0 } = this.#scrollAnchor() ?? {};
    const before = this.#results.sections.slice(0, section).reduce((sum, { count }) => sum + count, 0);
    return before + itemIndex(this.#results.sections[section], index);
  }

  /** Putting photos in order is loaded when a collection is first shown in its own. */
  async #loadOrdering() {
    if (this.#ordering || !this.#results.query?.order) return;
    const { Ordering } = await import("../collections/ordering.js");
    this.#ordering ??= new Ordering(this, this.#results, this.#canvas);
  }

  // -- keyboard -----------------------------------------------------------------------------

  #onKey(event) {
    if (this.#ordering?.onKey(event, this.#focus)) {
      event.preventDefault();
      return;
    }
    const rtl = getComputedStyle(this.#canvas).direction === "rtl";
    const next = photoAfterKey(this.#results.sections, this.#focus, event.key, { rtl });
    const move = () => {
      if (next) this.#moveFocus(next.section, next.index);
      return next;
    };
    if (this.selecting.onKey(event, this.#focus, move) || move()) event.preventDefault();
  }

  // -- what is picked -------------------------------------------------------------------------

  drawSelection() {
    for (const tile of this.#tiles.values()) tile.drawSelection();
  }

  /** The place of the tile that an element is in: `{section, index}`. */
  placeOf(element) {
    const tile = element.closest(".tile");
    const [key] = [...this.#tiles].find(([, each]) => each.element === tile) ?? [];
    const [section, index] = key?.split(":").map(Number) ?? [];
    return key && { section, index };
  }

  itemAt({ section, index }) {
    return this.#results.sections[section]?.layout?.items[index];
  }

  /** The position of a place among all photos. */
  positionOf({ section, index }) {
    const { sections } = this.#results;
    const before = sections.slice(0, section).reduce((sum, { count }) => sum + count, 0);
    return before + itemIndex(sections[section], index);
  }

  /** Scroll a photo into view and focus it. */
  #moveFocus(sectionIndex, index) {
    this.#focus = { section: sectionIndex, index };
    const section = this.#results.sections[sectionIndex];
    if (!section?.layout) return;
    const { height } = section.layout.rows[rowIndexOf(section, index)];
    const top = topOfPhoto(section, index);
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop + HEADING_HEIGHT) this.#scroller.scrollTop = top - HEADING_HEIGHT - GAP;
    else if (top + height > scrollTop + clientHeight) this.#scroller.scrollTop = top + height - clientHeight + GAP;
    this.#focusPending = true;
    this.#draw();
  }

  /** Focus the photo with this id, as after closing it. */
  focusPhoto(id) {
    this.#results.sections.forEach((section, sectionIndex) => {
      const index = section.layout?.items.findIndex((item) => item?.id === id) ?? -1;
      if (index >= 0) this.#moveFocus(sectionIndex, index);
    });
  }

  /** Focus the first photo of the last section. */
  focusLastSection() {
    this.#moveFocus(this.#results.sections.length - 1, 0);
  }

  /** One link is a stop for the Tab key; it moves with the focus. */
  #updateTabStop() {
    const link = this.#tiles.get(`${this.#focus.section}:${this.#focus.index}`)?.link ?? null;
    if (this.#tabStop !== link) {
      if (this.#tabStop) this.#tabStop.tabIndex = -1;
      this.#tabStop = link ?? this.#canvas.querySelector("a");
      if (this.#tabStop) this.#tabStop.tabIndex = 0;
    }
    if (!this.#focusPending || !link) return;
    this.#focusPending = false;
    link.focus({ preventScroll: true });
  }
}
