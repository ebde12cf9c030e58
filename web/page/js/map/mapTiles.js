/** Tiles of a server that the app is set to use. */

import { h } from "../dom.js";
import { TILE } from "./mapProjection.js";

export class MapTiles {
  #template;
  #images = new Map(); // by zoom, column and row

  constructor({ template, attribution }) {
    this.#template = template;
    this.images = h("div", { class: "map-tiles" });
    this.element = h("div", {}, this.images, attribution && h("p", { class: "map-attribution" }, credit(attribution)));
  }

  /** Show the tiles of a view, at the whole zoom next to its own. */
  draw(view) {
    const zoom = Math.min(19, Math.max(0, Math.round(view.zoom)));
    const count = 2 ** zoom;
    const size = view.scale / count;
    const [left, top] = view.pixelOf(0, 0);
    const [firstColumn, lastColumn] = span(-left, view.width, size, count);
    const [firstRow, lastRow] = span(-top, view.height, size, count);
    const seen = new Set();
    for (let column = firstColumn; column <= lastColumn; column += 1) {
      for (let row = firstRow; row <= lastRow; row += 1) {
        const key = `${zoom}/${column}/${row}`;
        seen.add(key);
        this.#place(key, { zoom, column, row }, left + column * size, top + row * size, size);
      }
    }
    this.#removeExcept(seen);
  }

  /** Tiles begin and end at whole pixels, or there would be seams between them. */
  #place(key, { zoom, column, row }, left, top, size) {
    const [x, y] = [Math.round(left), Math.round(top)];
    const [width, height] = [Math.round(left + size) - x, Math.round(top + size) - y];
    let image = this.#images.get(key);
    if (!image) {
      const src = this.#template.replace("{z}", zoom).replace("{x}", column).replace("{y}", row);
      // Servers of tiles ask for the site that uses them, and get no more than its origin.
      image = h("img", { alt: "", decoding: "async", draggable: false, referrerPolicy: "origin", src });
      image.width = TILE;
      image.height = TILE;
      this.#images.set(key, image);
      this.images.append(image);
    }
    image.style.transform = `translate(${x}px, ${y}px) scale(${width / TILE}, ${height / TILE})`;
  }

  #removeExcept(seen) {
    for (const [key, image] of this.#images) {
      if (seen.has(key)) continue;
      image.remove();
      this.#images.delete(key);
    }
  }
}

function span(start, length, size, count) {
  const clamp = (index) => Math.min(count - 1, Math.max(0, index));
  return [clamp(Math.floor(start / size)), clamp(Math.floor((start + length) / size))];
}

/** Whom to name; an address at the end is where the words lead to. */
function credit(attribution) {
  const [, words, href] = /^(.*?)\s*(https?:\/\/\S+)$/.exec(attribution) ?? [];
  if (!href) return attribution;
  return h("a", { href, target: "_blank", rel: "noreferrer" }, words || href);
}
