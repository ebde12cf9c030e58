/** The wall of photos: only what is near the screen is in the document, and nothing jumps when more arrives. */

import { framed, h, settled } from "./dom.js";
import { across, firstBeyond, justify } from "./layout.js";
import { words } from "./strings.js";
import { insert, Tile } from "./tile.js";
import { walked } from "./walk.js";

const HEADING = 52; // pixels above the rows of a section that has a heading
const SPACE = 26; // pixels below a section
const GAP = 6;
const AHEAD = 700; // pixels beyond the screen that are ready
const FAST = 4; // screens a second beyond which pictures wait until the scrolling slows down

export class Grid {
  #library;
  #scroller;
  #canvas;
  #open;
  #boxes = new Map();
  #tiles = new Map();
  #focus = { section: 0, index: 0 };
  #last = { top: 0, time: 0 };
  #fast = false;
  #refocus = false; // whether the keyboard waits for a photo to come into the document
  #stop = null; // the one tile that is a stop for the Tab key
  #render = framed(() => this.#draw());
  #rest = settled(() => this.#slow(), 110);

  /** `open(id)` is called when a photo is chosen. */
  constructor(library, scroller, open) {
    this.#library = library;
    this.#scroller = scroller;
    this.#open = open;
    this.#canvas = h("div", { class: "canvas", onkeydown: (event) => this.#key(event) });
    scroller.append(this.#canvas);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    library.addEventListener("opened", () => this.#reset());
    library.addEventListener("loaded", (event) => this.#arrived(event.detail));
    library.addEventListener("changed", () => this.#keeping(() => this.#measure()));
    new ResizeObserver(framed(() => this.#keeping(() => this.#measure()))).observe(scroller);
  }

  #reset() {
    this.#clear();
    this.#focus = { section: 0, index: 0 };
    this.#measure();
    this.#draw();
  }

  #clear() {
    for (const { box } of this.#boxes.values()) box.remove();
    this.#boxes.clear();
    this.#tiles.clear();
  }

  #arrived(section) {
    this.#keeping(() => this.#measure(section));
  }

  // -- measuring ----------------------------------------------------------------------------

  /** Lay out all sections, or only the one that changed, and stack them. */
  #measure(only) {
    const width = this.#canvas.clientWidth;
    if (!width) return;
    const aim = Math.min(300, Math.max(108, width / (width < 600 ? 3.1 : 5.2)));
    let top = 0;
    this.#library.sections.forEach((each) => {
      const head = each.label ? HEADING : 0;
      if (!only || only === each || !each.plan) {
        each.shown = each.items.some((item) => item?.gone) ? kept(each) : null;
        const items = each.shown ? each.shown.map((index) => each.items[index]) : each.items;
        each.plan = justify(items, each.shown?.length ?? each.count, { width, aim, gap: GAP });
        each.laid = items;
      }
      Object.assign(each, { top, head, tall: each.plan.rows.length ? head + each.plan.height + SPACE : 0, width });
      top += each.tall;
    });
    this.#canvas.style.height = `${top}px`;
  }

  /** Change the layout while what is in view stays where it is. */
  #keeping(change) {
    const anchor = this.#anchor();
    change();
    if (anchor && this.#scroller.scrollTop > 0) {
      const top = this.#topOf(anchor.number, anchor.index) + anchor.offset;
      if (Math.abs(top - this.#scroller.scrollTop) > 1) this.#scroller.scrollTop = top;
    }
    this.#draw();
  }

  #anchor() {
    const at = this.#scroller.scrollTop;
    const number = this.#sectionAt(at);
    const each = this.#library.sections[number];
    if (!each?.plan) return null;
    const row = each.plan.rows[firstBeyond(each.plan.rows, at - each.top - each.head, bottom)];
    const index = row?.from ?? 0;
    return { number, index, offset: at - this.#topOf(number, index) };
  }

  #topOf(number, index) {
    const each = this.#library.sections[number];
    if (!each?.plan) return 0;
    const row = each.plan.rows[firstBeyond(each.plan.rows, index, (one) => one.to)];
    return each.top + each.head + (row?.top ?? 0);
  }

  #sectionAt(offset) {
    return firstBeyond(this.#library.sections, offset, (each) => (each.top ?? 0) + (each.tall ?? 0));
  }

  // -- drawing ------------------------------------------------------------------------------

  #scrolled() {
    const { scrollTop, clientHeight } = this.#scroller;
    const now = performance.now();
    const seconds = Math.max(0.008, (now - this.#last.time) / 1000);
    this.#fast = Math.abs(scrollTop - this.#last.top) / clientHeight / seconds > FAST;
    this.#last = { top: scrollTop, time: now };
    this.#render();
    this.#rest();
  }

  #slow() {
    this.#fast = false;
    this.#draw();
  }

  /** Put the tiles near the screen into the document, take the others out, ask for photos that are missing. */
  #draw() {
    const sections = this.#library.sections;
    const from = this.#scroller.scrollTop - AHEAD;
    const to = this.#scroller.scrollTop + this.#scroller.clientHeight + AHEAD;
    const near = new Set();
    const ranges = [];
    for (let number = this.#sectionAt(from); number < sections.length && sections[number].top < to; number += 1) {
      if (!sections[number].plan?.rows.length) continue;
      near.add(number);
      ranges.push(this.#fillBox(number, from, to));
    }
    this.#sweep(near);
    if (!this.#fast) this.#library.need(ranges.filter(Boolean));
    this.#settleFocus();
  }

  #fillBox(number, from, to) {
    const each = this.#library.sections[number];
    const known = this.#boxes.get(number) ?? this.#makeBox(number, each);
    known.box.style.top = `${each.top}px`;
    known.box.style.height = `${each.tall - SPACE}px`;
    const { rows } = each.plan;
    const start = each.top + each.head;
    const keys = new Set();
    let row = firstBeyond(rows, from - start, bottom);
    const first = row;
    for (; row < rows.length && rows[row].top < to - start; row += 1) {
      for (const place of across(each.laid, rows[row], { width: each.width, gap: GAP })) {
        const key = `${number}:${place.index}`;
        keys.add(key);
        this.#placeTile(key, each, known, rows[row], place);
      }
    }
    for (const key of known.keys) if (!keys.has(key)) this.#removeTile(key);
    known.keys = keys;
    if (row === first) return null;
    return { section: each, from: real(each, rows[first].from), to: real(each, rows[row - 1].to - 1) + 1 };
  }

  #makeBox(number, each) {
    const list = h("div", { class: "tiles", role: "list" });
    const heading = each.label && h("h2", {}, each.label);
    const box = h("section", { class: "month", "aria-label": each.label || words.library }, heading, list);
    const after = [...this.#boxes].filter(([other]) => other > number).sort(([a], [b]) => a - b)[0];
    this.#canvas.insertBefore(box, after?.[1].box ?? null);
    const made = { number, box, list, keys: new Set() };
    this.#boxes.set(number, made);
    return made;
  }

  #placeTile(key, each, known, row, place) {
    const item = each.laid[place.index];
    let tile = this.#tiles.get(key);
    if (!tile || tile.item !== item) {
      tile?.remove();
      tile = this.#makeTile(item, known.number, place.index);
      this.#tiles.set(key, tile);
      insert(known.list, tile);
    }
    tile.at(place.left, each.head + row.top, place.width, row.height);
    if (!this.#fast) tile.picture();
  }

  #makeTile(item, section, index) {
    const each = this.#library.sections[section];
    const focused = () => (this.#focus = { section, index });
    return new Tile(item, { index, of: each.shown?.length ?? each.count }, { open: this.#open, focused });
  }

  #removeTile(key) {
    const tile = this.#tiles.get(key);
    if (!tile || tile.element.contains(document.activeElement)) return;
    tile.remove();
    this.#tiles.delete(key);
  }

  #sweep(near) {
    for (const [number, { box, keys }] of this.#boxes) {
      if (near.has(number) || box.contains(document.activeElement)) continue;
      for (const key of keys) this.#removeTile(key);
      box.remove();
      this.#boxes.delete(number);
    }
  }

  // -- moving by keys -----------------------------------------------------------------------

  #key(event) {
    const rtl = getComputedStyle(this.#canvas).direction === "rtl";
    const next = walked(this.#library.sections, this.#focus, event.key, { rtl, gap: GAP });
    if (!next) return;
    event.preventDefault();
    this.moveTo(next.section, next.index);
  }

  /** Bring a photo into view and give it the keyboard. */
  moveTo(section, index) {
    this.#focus = { section, index };
    const each = this.#library.sections[section];
    if (!each?.plan) return;
    const row = each.plan.rows[firstBeyond(each.plan.rows, index, (one) => one.to)];
    const top = each.top + each.head + row.top;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop + HEADING) this.#scroller.scrollTop = top - HEADING - GAP;
    else if (top + row.height > scrollTop + clientHeight)
      this.#scroller.scrollTop = top + row.height - clientHeight + GAP;
    this.#refocus = true;
    this.#draw();
  }

  /** Focus the photo with this id, as after closing it. */
  focusPhoto(id) {
    this.#library.sections.forEach((each, section) => {
      const index = each.laid?.findIndex((item) => item?.id === id) ?? -1;
      if (index >= 0) this.moveTo(section, index);
    });
  }

  /** One tile is a stop for the Tab key; it moves with the focus. */
  #settleFocus() {
    const key = `${this.#focus.section}:${this.#focus.index}`;
    const anchor = this.#tiles.get(key)?.link ?? null;
    if (this.#stop !== anchor) {
      if (this.#stop) this.#stop.tabIndex = -1;
      this.#stop = anchor ?? this.#canvas.querySelector("a");
      if (this.#stop) this.#stop.tabIndex = 0;
    }
    if (!this.#refocus || !anchor) return;
    this.#refocus = false;
    anchor.focus({ preventScroll: true });
  }
}

const bottom = (row) => row.top + row.height;

/** The places of the photos that are not hidden. */
function kept(each) {
  const found = [];
  for (let index = 0; index < each.count; index += 1) if (!each.items[index]?.gone) found.push(index);
  return found;
}

/** The place in the section of the n-th photo shown. */
function real(each, index) {
  return each.shown ? each.shown[index] : index;
}
