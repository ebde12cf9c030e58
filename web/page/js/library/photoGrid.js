/** The photo grid: only what is near the screen is in the document, and nothing jumps when more photos arrive. */

import { debounce, h, oncePerFrame } from "../dom.js";
import { GridSelection } from "../selection/gridSelection.js";
import {
  GAP,
  HEADING_HEIGHT,
  itemIndex,
  layOutSections,
  rowIndexAt,
  rowIndexOf,
  sectionIndexAt,
  topOfPhoto,
} from "./gridLayout.js";
import { photoAfterKey } from "./gridNavigation.js";
import { GridTiles } from "./gridTiles.js";

const OVERSCAN = 700; // pixels beyond the screen that are ready
const FAST_SCROLL = 4; // screens a second beyond which images wait until the scrolling slows down

export class PhotoGrid {
  #results;
  #scroller;
  #canvas;
  #tiles; // those in the document
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
    this.#canvas = h("div", { class: "canvas", onkeydown: (event) => this.#onKey(event) });
    const focus = (place) => {
      this.#focus = place;
    };
    this.#tiles = new GridTiles(this.#canvas, { open, focus });
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
    const { scrollTop, clientHeight } = this.#scroller;
    const screen = { from: scrollTop, to: scrollTop + clientHeight };
    const [from, to] = [screen.from - OVERSCAN, screen.to + OVERSCAN];
    const near = new Set();
    const ranges = [];
    for (let index = sectionIndexAt(sections, from); sections[index]?.layout?.top < to; index += 1) {
      if (!sections[index].layout.rows.length) continue;
      near.add(index);
      ranges.push(this.#tiles.drawSection(sections[index], index, { from, to, screen, withImages: !this.#isFast }));
    }
    this.#tiles.removeSectionsExcept(near);
    if (!this.#isFast) this.#results.need(ranges.filter(Boolean));
    this.#updateTabStop();
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

  /** Whether a key puts photos in order, which may have to be loaded first. */
  #isOfOrdering(event) {
    if (this.#ordering) return this.#ordering.onKey(event, this.#focus);
    if (!this.#results.query?.order || !event.altKey || !event.key.startsWith("Arrow")) return false;
    this.#loadOrdering().then(() => this.#ordering?.onKey(event, this.#focus));
    return true;
  }

  // -- keyboard -----------------------------------------------------------------------------

  #onKey(event) {
    if (this.#isOfOrdering(event)) {
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
    this.#tiles.drawSelection();
  }

  /** The place of the tile that an element is in: `{section, index}`. */
  placeOf(element) {
    return this.#tiles.placeOf(element);
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
    const link = this.#tiles.linkAt(this.#focus);
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
