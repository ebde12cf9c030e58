/** Dragging a photo: at once with the mouse; with a finger once it has stayed for a moment, as else it scrolls. */

import { LONG_PRESS, STILL } from "../selection/longPress.js";

const SLIGHT = 8; // pixels of a movement that is none yet
const EDGE = 48; // pixels from the edge where the photos begin to scroll
const SPEED = 12; // pixels a frame

export class PhotoDrag {
  #scroller;
  #start;
  #actions;
  #isHeld; // whether a movement drags
  #isDragging = false;
  #last = null;
  #timer = 0;
  #frame = 0;

  /**
   * Follow a pointer that was pressed: `began()`, `moved(event)` also while photos scroll below it, and at the end
   * `ended(isDropped)`, each only where something was dragged.
   */
  constructor(scroller, start, actions) {
    this.#scroller = scroller;
    this.#start = start;
    this.#actions = actions;
    this.#isHeld = start.pointerType === "mouse";
    if (!this.#isHeld)
      this.#timer = setTimeout(() => {
        this.#isHeld = true;
      }, LONG_PRESS);
    addEventListener("pointermove", this.#move);
    for (const each of ["pointerup", "pointercancel"]) addEventListener(each, this.#end);
    scroller.addEventListener("touchmove", this.#keep, { passive: false });
  }

  /** The page does not scroll below a finger that drags. */
  #keep = (event) => {
    if (this.#isHeld && event.cancelable) event.preventDefault();
  };

  #move = (event) => {
    if (event.pointerId !== this.#start.pointerId) return;
    const distance = Math.hypot(event.clientX - this.#start.clientX, event.clientY - this.#start.clientY);
    if (!this.#isHeld) {
      if (distance > STILL) this.#stop(); // it scrolls
      return;
    }
    if (!this.#isDragging && distance < SLIGHT) return;
    if (!this.#isDragging) this.#actions.began();
    this.#isDragging = true;
    this.#last = event;
    this.#actions.moved(event);
    cancelAnimationFrame(this.#frame);
    this.#scrollAtEdge();
  };

  #scrollAtEdge() {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const { clientY } = this.#last;
    const step = clientY < top + EDGE ? -SPEED : clientY > bottom - EDGE ? SPEED : 0;
    if (!step) return;
    this.#frame = requestAnimationFrame(() => {
      this.#scroller.scrollTop += step;
      this.#actions.moved(this.#last);
      this.#scrollAtEdge();
    });
  }

  #end = (event) => {
    if (event.pointerId !== this.#start.pointerId) return;
    this.#stop();
    if (this.#isDragging) this.#actions.ended(event.type === "pointerup");
  };

  #stop() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    removeEventListener("pointermove", this.#move);
    for (const each of ["pointerup", "pointercancel"]) removeEventListener(each, this.#end);
    this.#scroller.removeEventListener("touchmove", this.#keep);
  }
}
