/** The map itself: outline or tiles below, clusters of photos above; moved by mouse, touch and keyboard. */

import { h, setChildren } from "../dom.js";
import { showImage } from "../imageLinks.js";
import { formatNumber, strings } from "../strings.js";
import { clustersOf } from "./mapClusters.js";
import { MapGestures } from "./mapGestures.js";
import { drawOutline, outlineElement } from "./mapOutline.js";
import { MapView, TILE } from "./mapProjection.js";
import { MapTiles } from "./mapTiles.js";

const MAX_ZOOM = { outline: 8, tiles: 18 };

export class MapCanvas {
  #points = [];
  #markers = []; // {element, x, y} of each cluster
  #clusteredAt = null; // the zoom that clusters were made for
  #tiles = null;
  #frame = 0;

  /** `moved()` is called after each change of what is seen, `chosen(cluster)` when a cluster is pressed. */
  constructor({ moved, chosen }) {
    this.view = new MapView(MAX_ZOOM.outline);
    this.chosen = chosen;
    this.moved = moved;
    this.ground = h("div", { class: "map-ground" });
    this.overlay = h("div", { class: "map-markers" });
    this.element = h(
      "div",
      { class: "map-canvas", tabIndex: 0, role: "group", "aria-label": strings.mapHelp },
      this.ground,
      this.overlay,
    );
    new MapGestures(this.element, this.view, () => this.draw());
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  /** Use a server of tiles, if there is one, else the outline that comes with the page. */
  async prepare(tiles) {
    if (this.ground.firstChild) return;
    if (tiles) {
      this.view.maxZoom = MAX_ZOOM.tiles;
      this.#tiles = new MapTiles(tiles);
      setChildren(this.ground, this.#tiles.element);
    } else setChildren(this.ground, await outlineElement());
    this.draw();
  }

  /** Degrees that are seen at least: a country where there is an outline only, a city where there are tiles. */
  get #around() {
    return this.#tiles ? 0.3 : 24;
  }

  get isLaidOut() {
    return this.element.clientWidth > 0;
  }

  #resize() {
    if (!this.isLaidOut) return;
    this.view.resize(this.element.clientWidth, this.element.clientHeight);
    this.draw();
  }

  /** Show these points: `{x, y, count, bounds}`, and the `photo` where one stands for itself. */
  set points(points) {
    this.#points = points;
    this.#clusteredAt = null;
    this.#place();
  }

  /** Show a part of the world, and enough around it to tell where that is. */
  fit(bounds) {
    this.view.resize(this.element.clientWidth, this.element.clientHeight);
    const side = Math.min(this.view.width, this.view.height);
    this.view.fit(bounds, { most: Math.log2((side * 360) / (TILE * this.#around)) });
    this.draw();
  }

  zoomBy(levels) {
    this.view.zoomBy(levels);
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      if (this.#tiles) this.#tiles.draw(this.view);
      else drawOutline(this.ground, this.view);
      this.#place();
      this.moved();
    });
  }

  /** Put the clusters where they belong; they are made anew where the zoom has changed. */
  #place() {
    const zoom = Math.round(this.view.zoom * 4) / 4;
    if (zoom !== this.#clusteredAt) {
      this.#clusteredAt = zoom;
      const clusters = clustersOf(this.#points, this.view.scale);
      this.#markers = clusters.map((each) => ({ element: this.#marker(each), x: each.x, y: each.y }));
      const focused = this.overlay.contains(document.activeElement);
      setChildren(
        this.overlay,
        this.#markers.map(({ element }) => element),
      );
      if (focused) this.element.focus();
    }
    for (const { element, x, y } of this.#markers) {
      const [left, top] = this.view.pixelOf(x, y);
      element.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px) translate(-50%, -50%)`;
      element.hidden = left < -40 || top < -40 || left > this.view.width + 40 || top > this.view.height + 40;
    }
  }

  #marker(cluster) {
    const { count, photo } = cluster;
    const onclick = () => this.chosen(cluster);
    if (photo) {
      const image = h("img", { alt: "", decoding: "async" });
      showImage(image, photo.id, "thumbnail");
      return h("button", { type: "button", class: "map-photo", "aria-label": photo.alt, onclick }, image);
    }
    const size = count < 10 ? "few" : count < 1000 ? "some" : "many";
    const label = strings.photosAround(count, cluster.bounds);
    return h(
      "button",
      { type: "button", class: `map-cluster ${size}`, "aria-label": label, onclick },
      formatNumber(count),
    );
  }
}
