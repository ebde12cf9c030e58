/** Picking photos in the grid: by click, long press, keyboard and lasso, one by one or from here to there. */

import { addShortcuts, isTyping } from "../shortcuts/shortcuts.js";
import { strings } from "../strings.js";
import { searchObject, searchParams } from "../urlState.js";
import { Lasso } from "./lasso.js";
import { LONG_PRESS, STILL } from "./longPress.js";
import { selection } from "./selection.js";

export class GridSelection {
  #grid;
  #results;
  #canvas;
  #anchor = null; // {section, index} where a range begins
  #range = []; // what shift has picked from there
  #turn = 0; // what was asked for before, and has not been fetched yet, is not picked any more
  #search = ""; // the words and filters of the photos that are picked
  #press = 0;
  #isPressed = false; // whether the click that follows a long press is to be left out

  constructor(grid, results, { scroller, canvas }) {
    this.#grid = grid;
    this.#results = results;
    this.#canvas = canvas;
    selection.addEventListener("change", () => this.#draw());
    results.addEventListener("searched", () => this.#follow());
    canvas.addEventListener("click", (event) => this.#onClick(event), { capture: true });
    canvas.addEventListener("pointerdown", (event) => this.#onPointerDown(event));
    for (const each of ["pointerup", "pointercancel", "pointerleave"])
      canvas.addEventListener(each, () => clearTimeout(this.#press));
    canvas.addEventListener("contextmenu", (event) => this.#isPressed && event.preventDefault());
    document.addEventListener("keydown", (event) => this.#onDocumentKey(event));
    new Lasso(results, { scroller, canvas });
    addShortcuts(strings.shortcutGroups.photos, [
      { keys: ["x"], text: strings.pickKey },
      { keys: ["Shift+ArrowRight"], text: strings.pickRangeKey },
      { keys: ["Control+a"], text: strings.pickAllKey },
      { keys: ["Escape"], text: strings.clearSelection },
      { keys: ["Alt+ArrowRight"], text: strings.orderKey },
    ]);
  }

  #draw() {
    this.#canvas.classList.toggle("selecting", selection.isOpen);
    this.#grid.drawSelection();
    if (!selection.isEmpty) return;
    this.#range = [];
    this.#turn += 1;
  }

  /** Another search begins with nothing picked; the same one, asked again, keeps what is. */
  #follow() {
    const { query, total } = this.#results;
    const search = String([...searchParams({ ...query, sort: "", fold: "" }), query.picture?.small ?? ""]);
    this.#anchor = null;
    this.#turn += 1;
    if (search === this.#search) selection.recount(total);
    else selection.clear();
    this.#search = search;
  }

  /** All that match; those found by a picture have to be fetched, as it is no parameter of a search. */
  async pickAll() {
    const { query, total, isExact } = this.#results;
    if (!total || !isExact) return;
    if (query.picture) await this.#pickBetween(0, this.#results.length - 1);
    else selection.pickAll(searchObject({ ...query, sort: "", fold: "" }), total);
  }

  // -- mouse and touch ----------------------------------------------------------------------

  #onClick(event) {
    if (this.#isPressed) {
      this.#isPressed = false;
      stop(event);
      return;
    }
    const place = this.#grid.placeOf(event.target);
    if (!place || event.target.closest(".stack")) return;
    const isPick = event.target.closest(".pick");
    const isModified = event.shiftKey || event.ctrlKey || event.metaKey;
    const isPointer = event.detail > 0; // Enter opens a photo at any time
    if (!(isPick || isModified || (selection.isOpen && isPointer))) return;
    stop(event);
    if (event.shiftKey && this.#anchor) this.#pickTo(place);
    else this.#toggle(place);
  }

  #onPointerDown(event) {
    clearTimeout(this.#press);
    this.#isPressed = false;
    const place = event.pointerType !== "mouse" && this.#grid.placeOf(event.target);
    if (!place) return;
    const { clientX, clientY } = event;
    const moved = (next) => Math.hypot(next.clientX - clientX, next.clientY - clientY) > STILL && end();
    const end = () => {
      clearTimeout(this.#press);
      this.#canvas.removeEventListener("pointermove", moved);
    };
    this.#canvas.addEventListener("pointermove", moved);
    this.#press = setTimeout(() => {
      end();
      this.#isPressed = true;
      this.#toggle(place);
      navigator.vibrate?.(10);
    }, LONG_PRESS);
  }

  #toggle(place) {
    const item = this.#grid.itemAt(place);
    if (!item) return;
    this.#anchor = place;
    this.#range = [];
    this.#turn += 1;
    selection.toggle(item);
  }

  // -- keyboard -----------------------------------------------------------------------------

  /** What a key does on a photo; returns whether it does anything. `move()` moves the focus and returns where it is. */
  onKey(event, focus, move) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === " " || event.key === "x") {
      this.#toggle(focus);
      return true;
    }
    if (!event.shiftKey) return false;
    const next = move();
    if (!next) return false;
    this.#anchor ??= focus;
    this.#pickTo(next);
    return true;
  }

  #onDocumentKey(event) {
    const isElsewhere = isTyping(event.target) || event.target.closest?.("dialog, #chat");
    if (event.defaultPrevented || isElsewhere || document.querySelector("dialog:modal, :popover-open")) return;
    if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.pickAll();
    } else if (event.key === "Escape") selection.clear();
  }

  // -- ranges -------------------------------------------------------------------------------

  /** Pick from the anchor to a place, and no longer what an earlier range had beyond it. */
  async #pickTo(place) {
    const [first, last] = [this.#grid.positionOf(this.#anchor), this.#grid.positionOf(place)].sort((a, b) => a - b);
    const before = this.#range;
    const items = await this.#pickBetween(first, last);
    if (!items) return;
    const ids = new Set(items.map(({ id }) => id));
    const left = before.filter(({ id }) => !ids.has(id));
    this.#range = items;
    if (left.length) selection.set(left, false);
  }

  /**
   * Pick the photos between two positions, and resolve to them; those that were not needed before are fetched. Resolves to
   * nothing, with nothing picked, if something else is wanted by the time they are there.
   */
  async #pickBetween(first, last) {
    this.#turn += 1;
    const turn = this.#turn;
    const { query } = this.#results;
    const items = [];
    for (let position = first; position <= last; position += 1) {
      const item = await this.#results.photoAt(position);
      if (turn !== this.#turn || query !== this.#results.query) return undefined;
      if (item && !item.hidden) items.push(item);
    }
    selection.set(items, true);
    return items;
  }
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
