/** The wall of photos: only what is near the screen is in the document, and nothing jumps when more arrives. */

import { fill, framed, h, icon, settled } from "./dom.js";
import { across, firstBeyond, justify } from "./layout.js";
import { show } from "./links.js";
import { address, state } from "./state.js";
import { words } from "./strings.js";

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

  #refocus = false;

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
      tile?.element.remove();
      tile = { item, element: this.#makeTile(item, known.number, place.index), pictured: false, box: "" };
      this.#tiles.set(key, tile);
      insert(known.list, tile.element, place.index);
    }
    const box = [place.left, each.head + row.top, place.width, row.height];
    if (String(box) !== tile.box) position(tile.element.style, box);
    tile.box = String(box);
    if (item && !tile.pictured && !this.#fast) this.#picture(tile);
  }

  #makeTile(item, number, index) {
    const each = this.#library.sections[number];
    const size = each.laid === each.items ? each.count : each.laid.length;
    const place = { role: "listitem", "aria-setsize": size, "aria-posinset": index + 1 };
    if (!item) return h("div", { class: "tile", ...place });
    const choose = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.#open(item.id);
    };
    const href = address({ ...state, photo: item.id });
    return h(
      "div",
      { class: "tile", ...place, onfocusin: () => (this.#focus = { section: number, index }) },
      h("a", { href, tabIndex: -1, draggable: false, "aria-label": item.alt, onclick: choose }),
    );
  }

  #picture(tile) {
    tile.pictured = true;
    const anchor = tile.element.firstElementChild;
    const img = h("img", { alt: tile.item.alt, decoding: "async", draggable: false });
    const failed = () => fill(anchor, h("span", { class: "broken" }, icon("broken"), tile.item.title));
    img.addEventListener("load", () => tile.element.classList.add("shown"), { once: true });
    show(img, tile.item.id, "thumbnail", failed);
    anchor.removeAttribute("aria-label");
    anchor.append(img, h("span", { class: "name", "aria-hidden": "true" }, tile.item.title));
  }

  #removeTile(key) {
    const tile = this.#tiles.get(key);
    if (!tile || tile.element.contains(document.activeElement)) return;
    const img = tile.element.querySelector("img");
    if (img && !img.complete) img.removeAttribute("src"); // do not load what was scrolled past
    tile.element.remove();
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
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const rtl = getComputedStyle(this.#canvas).direction === "rtl" ? -1 : 1;
    if (event.key in steps) this.#step(steps[event.key] * rtl);
    else if (event.key === "ArrowDown") this.#stepRow(1);
    else if (event.key === "ArrowUp") this.#stepRow(-1);
    else if (event.key === "Home" || event.key === "End") this.#jump(event.key === "End");
    else return;
    event.preventDefault();
  }

  #step(by) {
    let { section, index } = this.#focus;
    index += by;
    const count = () => this.#countOf(section);
    if (index < 0 && section > 0) index = this.#countOf((section -= 1)) - 1;
    else if (index >= count() && section < this.#library.sections.length - 1) [section, index] = [section + 1, 0];
    this.moveTo(section, Math.max(0, Math.min(index, count() - 1)));
  }

  #countOf(number) {
    const each = this.#library.sections[number];
    return each.shown?.length ?? each.count;
  }

  #stepRow(by) {
    let { section, index } = this.#focus;
    const each = this.#library.sections[section];
    const at = firstBeyond(each.plan.rows, index, (row) => row.to);
    const middle = this.#middle(each, each.plan.rows[at], index);
    let row = each.plan.rows[at + by];
    if (!row) {
      section += by;
      const other = this.#library.sections[section];
      if (!other?.plan.rows.length) return;
      row = by > 0 ? other.plan.rows[0] : other.plan.rows.at(-1);
    }
    const target = this.#library.sections[section];
    const places = across(target.laid, row, { width: target.width, gap: GAP });
    const nearest = places.reduce((best, place) =>
      Math.abs(place.left + place.width / 2 - middle) < Math.abs(best.left + best.width / 2 - middle) ? place : best,
    );
    this.moveTo(section, nearest.index);
  }

  #middle(each, row, index) {
    const place = across(each.laid, row, { width: each.width, gap: GAP }).find((one) => one.index === index);
    return place.left + place.width / 2;
  }

  #jump(toEnd) {
    const section = toEnd ? this.#library.sections.length - 1 : 0;
    this.moveTo(section, toEnd ? this.#countOf(section) - 1 : 0);
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
    else if (top + row.height > scrollTop + clientHeight) this.#scroller.scrollTop = top + row.height - clientHeight + GAP;
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
    const anchor = this.#tiles.get(key)?.element.firstElementChild ?? null;
    if (this.#stop !== anchor) {
      if (this.#stop) this.#stop.tabIndex = -1;
      this.#stop = anchor ?? this.#canvas.querySelector("a");
      if (this.#stop) this.#stop.tabIndex = 0;
    }
    if (!this.#refocus || !anchor) return;
    this.#refocus = false;
    anchor.focus({ preventScroll: true });
  }

  #stop = null;
}

function position(style, [left, top, width, height]) {
  style.insetInlineStart = `${left}px`;
  style.top = `${top}px`;
  style.width = `${width}px`;
  style.height = `${height}px`;
}

/** Keep the tiles in reading order, which is the order of the Tab key and of screen readers. */
function insert(list, element, index) {
  element.place = index;
  let next = list.lastElementChild?.place < index ? null : list.firstElementChild;
  while (next && next.place < index) next = next.nextElementSibling;
  list.insertBefore(element, next);
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
