/** Where places lie on the map: Web Mercator, with the world as a square whose sides are 1. */

export const TILE = 256; // pixels of the world's side at zoom 0
const EDGE = 85.05113; // degrees of latitude at which the square ends

export const xOf = (longitude) => longitude / 360 + 0.5;
export function yOf(latitude) {
  const sine = Math.sin((Math.max(-EDGE, Math.min(EDGE, latitude)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}
const longitudeOf = (x) => (x - 0.5) * 360;
const latitudeOf = (y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;

const clamp = (value, least, most) => (least > most ? (least + most) / 2 : Math.min(most, Math.max(least, value)));

/** What part of the world is seen: the `x` and `y` of the middle, the `zoom`, and the size of the window in pixels. */
export class MapView {
  x = 0.5;
  y = 0.5;
  zoom = 1;
  width = 1;
  height = 1;

  constructor(maxZoom) {
    this.maxZoom = maxZoom;
  }

  /** Pixels of the world's side. */
  get scale() {
    return TILE * 2 ** this.zoom;
  }

  /** The window never shows more than the world's width, nor much beyond its top and bottom. */
  get minZoom() {
    return Math.log2(Math.max(this.width, this.height / 1.2) / TILE);
  }

  resize(width, height) {
    Object.assign(this, { width, height });
    this.moveTo(this.x, this.y, this.zoom);
  }

  moveTo(x, y, zoom = this.zoom) {
    this.zoom = clamp(zoom, this.minZoom, this.maxZoom);
    const [halfX, halfY] = [this.width / 2 / this.scale, this.height / 2 / this.scale];
    this.x = clamp(x, halfX, 1 - halfX);
    this.y = clamp(y, halfY, 1 - halfY);
  }

  panBy(pixelsX, pixelsY) {
    this.moveTo(this.x + pixelsX / this.scale, this.y + pixelsY / this.scale);
  }

  /** Zoom by so many levels; what is at a pixel of the window stays there. */
  zoomBy(levels, pixelX = this.width / 2, pixelY = this.height / 2) {
    const [fromX, fromY] = [pixelX - this.width / 2, pixelY - this.height / 2];
    const [x, y] = [this.x + fromX / this.scale, this.y + fromY / this.scale];
    this.zoom = clamp(this.zoom + levels, this.minZoom, this.maxZoom);
    this.moveTo(x - fromX / this.scale, y - fromY / this.scale);
  }

  /**
   * Show all of a part of the world: `[west, south, east, north]` in degrees, no closer than `most` levels; across the date
   * line it is all around.
   */
  fit([west, south, east, north], { margin = 0.15, most = this.maxZoom } = {}) {
    const [left, right] = west > east ? [0, 1] : [xOf(west), xOf(east)];
    const [top, bottom] = [yOf(north), yOf(south)];
    const fits = Math.min(this.width / (right - left), this.height / (bottom - top)) * (1 - margin);
    this.moveTo((left + right) / 2, (top + bottom) / 2, Math.min(most, Math.log2(fits / TILE)));
  }

  /** A place in pixels of the window. */
  pixelOf(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  /** What is seen, as `[west, south, east, north]` in degrees. */
  get bounds() {
    const [halfX, halfY] = [this.width / 2 / this.scale, this.height / 2 / this.scale];
    return [
      Math.max(-180, longitudeOf(this.x - halfX)),
      Math.max(-90, latitudeOf(Math.min(1, this.y + halfY))),
      Math.min(180, longitudeOf(this.x + halfX)),
      Math.min(90, latitudeOf(Math.max(0, this.y - halfY))),
    ];
  }
}
