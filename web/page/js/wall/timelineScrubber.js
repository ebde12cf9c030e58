/**
 * The timeline beside the photos of a list by date: the years, to jump to by mouse, touch and keyboard.
 *
 * It stands for the scroll bar: where a year begins on it is where the list is scrolled to when its first photo is on top.
 */

import { h, oncePerFrame, setChildren } from "../dom.js";
import { strings } from "../strings.js";

const LEAST_PHOTOS = 50; // fewer are soon scrolled through
const LABEL_HEIGHT = 20; // pixels between the middles of two labels, at least
const UNDATED = "undated"; // the section of photos without a date
const ENOUGH = 900; // milliseconds that the label stays after the last scrolling

const yearOf = ({ key }) => (key === UNDATED ? strings.noDate : key.slice(0, 4));

export class TimelineScrubber {
  #results;
  #scroller;
  #isDragging = false;
  #hideLater = 0;
  #drawSoon = oncePerFrame(() => this.#draw());
  #moveSoon = oncePerFrame(() => this.#move());

  /** Create it before the grid: it makes room for itself when results arrive, before they are laid out. */
  constructor(results, scroller, host) {
    this.#results = results;
    this.#scroller = scroller;
    this.host = host;
    this.label = h("output", { class: "timeline-label", "aria-hidden": "true" });
    this.thumb = h("div", { class: "timeline-thumb" }, this.label);
    this.labels = h("div", { class: "timeline-years", "aria-hidden": "true" });
    this.element = h(
      "div",
      {
        id: "timeline",
        hidden: true,
        tabIndex: 0,
        role: "slider",
        "aria-label": strings.timeline,
        "aria-orientation": "vertical",
        "aria-valuemin": "1",
        onkeydown: (event) => this.#onKey(event),
        onpointerdown: (event) => this.#start(event),
        onpointermove: (event) => this.#isDragging && this.#scrollTo(event),
        onpointerup: () => this.#end(),
        onpointercancel: () => this.#end(),
      },
      this.labels,
      this.thumb,
    );
    results.addEventListener("searched", () => this.#reset());
    for (const event of ["pageloaded", "changed"]) results.addEventListener(event, () => this.#drawSoon());
    scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#drawSoon()).observe(scroller);
  }

  #reset() {
    const { sections, total, query } = this.#results;
    this.element.hidden = Boolean(query.q || query.picture) || sections.length < 2 || total < LEAST_PHOTOS;
    this.host.classList.toggle("has-timeline", !this.element.hidden);
    this.#drawSoon();
  }

  get #length() {
    return Math.max(1, this.#scroller.scrollHeight - this.#scroller.clientHeight);
  }

  /** Where a section begins, as a share of the whole; null while it is not laid out, or shows nothing. */
  #shareOf({ layout }) {
    return layout?.height ? Math.min(1, layout.top / this.#length) : null;
  }

  /** The years, those left out for which there is no room; the last one, and photos without a date, always have some. */
  #draw() {
    if (this.element.hidden) return;
    const { sections } = this.#results;
    const height = this.element.clientHeight - LABEL_HEIGHT;
    const years = [];
    for (const section of sections) {
      const share = this.#shareOf(section);
      if (share === null || years.at(-1)?.text === yearOf(section)) continue;
      years.push({ text: yearOf(section), y: share * height });
    }
    const shown = years.filter((year, index) => index === years.length - 1 || years.at(-1).y - year.y >= LABEL_HEIGHT);
    let last = Number.NEGATIVE_INFINITY;
    const labels = shown.map(({ text, y }) => {
      const hasRoom = y - last >= LABEL_HEIGHT;
      if (hasRoom) last = y;
      const label = h("span", { class: hasRoom ? "year" : "tick" }, hasRoom ? text : "");
      label.style.top = `${y}px`;
      return label;
    });
    setChildren(this.labels, labels);
    this.element.setAttribute("aria-valuemax", String(sections.length));
    this.#move();
  }

  #move() {
    if (this.element.hidden) return;
    const share = Math.min(1, this.#scroller.scrollTop / this.#length);
    this.thumb.style.top = `${share * (this.element.clientHeight - LABEL_HEIGHT) + LABEL_HEIGHT / 2}px`;
    const index = this.#currentIndex();
    const label = this.#results.sections[index]?.label ?? "";
    if (this.label.textContent !== label) this.label.textContent = label;
    this.element.setAttribute("aria-valuenow", String(index + 1));
    this.element.setAttribute("aria-valuetext", label);
  }

  #onScroll() {
    if (this.element.hidden) return;
    this.element.classList.add("moving");
    clearTimeout(this.#hideLater);
    this.#hideLater = setTimeout(() => this.element.classList.remove("moving"), ENOUGH);
    this.#moveSoon();
  }

  #currentIndex() {
    // At the end it is the last one, which may be too short to come to the top.
    const isAtEnd = this.#scroller.scrollTop > 0 && this.#scroller.scrollTop >= this.#length - 1;
    const top = isAtEnd ? Number.POSITIVE_INFINITY : this.#scroller.scrollTop + 1;
    return Math.max(
      0,
      this.#results.sections.findLastIndex(({ layout }) => layout?.height && layout.top <= top),
    );
  }

  // -- by hand ------------------------------------------------------------------------------

  #start(event) {
    if (event.button) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.#isDragging = true;
    this.element.classList.add("dragging");
    this.element.focus({ preventScroll: true });
    this.#scrollTo(event);
  }

  #scrollTo({ clientY }) {
    const { top, height } = this.element.getBoundingClientRect();
    const share = (clientY - top - LABEL_HEIGHT / 2) / (height - LABEL_HEIGHT);
    this.#scroller.scrollTop = Math.min(1, Math.max(0, share)) * this.#length;
  }

  #end() {
    this.#isDragging = false;
    this.element.classList.remove("dragging");
  }

  /** Arrows go from month to month, Page Up and Page Down from year to year. */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = this.#indexAfter(event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const { sections } = this.#results;
    const { layout } = sections[Math.min(sections.length - 1, Math.max(0, next))];
    if (layout) this.#scroller.scrollTop = layout.top;
  }

  #indexAfter(key) {
    const { sections } = this.#results;
    const index = this.#currentIndex();
    const isAtEnd = this.#scroller.scrollTop >= this.#length - 1;
    if (key === "ArrowDown" || key === "ArrowRight") return isAtEnd ? index : index + 1;
    if (key === "ArrowUp" || key === "ArrowLeft") return index - 1;
    if (key === "PageDown") return this.#nextYear(index, 1);
    if (key === "PageUp") return this.#nextYear(index, -1);
    if (key === "Home") return 0;
    return key === "End" ? sections.length - 1 : undefined;
  }

  #nextYear(index, step) {
    const { sections } = this.#results;
    const year = yearOf(sections[index]);
    let next = index;
    while (sections[next + step] && yearOf(sections[next]) === year) next += step;
    return next;
  }
}
