/** Moving the map: dragging, pinching, the wheel, double clicks, and keys. */

const KEY_STEP = 120; // pixels an arrow key moves by
const WHEEL_LEVELS = 0.0022; // of zoom for a pixel of the wheel
const MOVED = 6; // pixels from which on a press is no click

export class MapGestures {
  #view;
  #changed;
  #pointers = new Map(); // by id, where they are
  #hasMoved = false;

  /** `changed()` is called when the view was moved. */
  constructor(element, view, changed) {
    this.element = element;
    this.#view = view;
    this.#changed = changed;
    const on = (name, listener, options) => element.addEventListener(name, listener, options);
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => this.#pointers.delete(event.pointerId));
    on("click", (event) => this.#click(event), { capture: true });
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("dblclick", (event) => this.#doubleClick(event));
    on("keydown", (event) => this.#key(event));
  }

  #pixel({ clientX, clientY }) {
    const { left, top } = this.element.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  #down(event) {
    if (event.button) return;
    if (!this.#pointers.size) this.#hasMoved = false;
    this.#pointers.set(event.pointerId, this.#pixel(event));
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#pixel(event);
    if (!this.#hasMoved && Math.hypot(now[0] - before[0], now[1] - before[1]) < MOVED) return;
    if (!this.#hasMoved) this.element.setPointerCapture(event.pointerId);
    this.#hasMoved = true;
    const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, pixel]) => pixel);
    if (other) this.#pinch(before, now, other);
    else this.#view.panBy(before[0] - now[0], before[1] - now[1]);
    this.#pointers.set(event.pointerId, now);
    this.#changed();
  }

  #pinch(before, now, other) {
    const distance = (pixel) => Math.max(1, Math.hypot(pixel[0] - other[0], pixel[1] - other[1]));
    const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    this.#view.panBy((before[0] - now[0]) / 2, (before[1] - now[1]) / 2);
    this.#view.zoomBy(Math.log2(distance(now) / distance(before)), ...middle);
  }

  /** What ends a drag presses nothing. */
  #click(event) {
    if (this.#hasMoved) event.stopPropagation();
    this.#hasMoved = false;
  }

  #wheel(event) {
    event.preventDefault();
    const pixels = event.deltaMode ? event.deltaY * 20 : event.deltaY;
    this.#view.zoomBy(-pixels * WHEEL_LEVELS * (event.ctrlKey ? 4 : 1), ...this.#pixel(event));
    this.#changed();
  }

  #doubleClick(event) {
    if (event.target.closest("button")) return;
    this.#view.zoomBy(1, ...this.#pixel(event));
    this.#changed();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const pans = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const pan = pans[event.key];
    const zoom = { "+": 1, "=": 1, "-": -1 }[event.key];
    if (pan) this.#view.panBy(pan[0] * KEY_STEP, pan[1] * KEY_STEP);
    else if (zoom) this.#view.zoomBy(zoom);
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#changed();
  }
}
