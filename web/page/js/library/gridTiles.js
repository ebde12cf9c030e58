/** What of the photo grid is in the document: a box for each section near the screen, and its tiles. */

import { h } from "../dom.js";
import { strings } from "../strings.js";
import { itemIndex, photosInRow, rowIndexAt, rowsTop, SECTION_SPACING, visibleCount } from "./gridLayout.js";
import { insertInOrder, PhotoTile } from "./photoTile.js";

export class GridTiles {
  #canvas;
  #on;
  #boxes = new Map(); // by section index
  #tiles = new Map(); // by section index and photo index

  /** `on.open(id)` is called when a photo is chosen, `on.focus({section, index})` when its link has the focus. */
  constructor(canvas, on) {
    this.#canvas = canvas;
    this.#on = on;
  }

  clear() {
    for (const { element } of this.#boxes.values()) element.remove();
    this.#boxes.clear();
    this.#tiles.clear();
  }

  /**
   * Draw the rows of a section between two offsets; returns the range of photos they show, null where there are none.
   * Images of new tiles are left for later if `withImages` is false; those between the offsets of `screen` come first.
   */
  drawSection(section, sectionIndex, { from, to, screen, withImages }) {
    const { rows, top, height } = section.layout;
    const box = this.#boxes.get(sectionIndex) ?? this.#addBox(sectionIndex, section);
    box.element.style.top = `${top}px`;
    box.element.style.height = `${height - SECTION_SPACING}px`;
    const keys = new Set();
    const first = rowIndexAt(section, from);
    let next = first;
    for (; next < rows.length && rows[next].top < to - rowsTop(section.layout); next += 1) {
      for (const photo of photosInRow(section, rows[next])) {
        const [key, tile] = this.#drawTile(section, sectionIndex, box, rows[next], photo);
        if (withImages)
          tile.loadImage({ isUrgent: isBetween(screen, rowsTop(section.layout) + rows[next].top, rows[next]) });
        keys.add(key);
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

  /** Draw a photo of a row; its tile, and the key of that. */
  #drawTile(section, sectionIndex, box, row, { index, left, width }) {
    const item = section.layout.items[index];
    const key = keyOf({ section: sectionIndex, index });
    let tile = this.#tiles.get(key);
    if (!tile || tile.item !== item) {
      tile?.remove();
      const onFocus = () => this.#on.focus({ section: sectionIndex, index });
      tile = new PhotoTile(item, { index, count: visibleCount(section) }, { open: this.#on.open, onFocus });
      this.#tiles.set(key, tile);
      insertInOrder(box.list, tile);
    }
    tile.moveTo(left, section.layout.headingHeight + row.top, width, row.height);
    return [key, tile];
  }

  #removeTile(key) {
    const tile = this.#tiles.get(key);
    if (!tile || tile.element.contains(document.activeElement)) return;
    tile.remove();
    this.#tiles.delete(key);
  }

  /** Remove the sections that are not near any more; what has the focus stays. */
  removeSectionsExcept(near) {
    for (const [sectionIndex, { element, keys }] of this.#boxes) {
      if (near.has(sectionIndex) || element.contains(document.activeElement)) continue;
      for (const key of keys) this.#removeTile(key);
      element.remove();
      this.#boxes.delete(sectionIndex);
    }
  }

  drawSelection() {
    for (const tile of this.#tiles.values()) tile.drawSelection();
  }

  /** The link of the photo at a place, if it is in the document. */
  linkAt(place) {
    return this.#tiles.get(keyOf(place))?.link ?? null;
  }

  /** The place of the tile that an element is in: `{section, index}`. */
  placeOf(element) {
    const tile = element.closest(".tile");
    const [key] = [...this.#tiles].find(([, each]) => each.element === tile) ?? [];
    const [section, index] = key?.split(":").map(Number) ?? [];
    return key && { section, index };
  }
}

/** Whether a row, of which the top is given, shows between two offsets. */
const isBetween = ({ from, to }, top, { height }) => top < to && top + height > from;

const keyOf = ({ section, index }) => `${section}:${index}`;
