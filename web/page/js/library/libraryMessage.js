/** What is said in place of the photos: that there are none yet, or none like this, or that they could not be loaded. */

import { h, icon, setChildren } from "../dom.js";

export class LibraryMessage {
  #scroller;

  /** The `scroller` holds the photos, which give way to the message. */
  constructor(scroller) {
    this.#scroller = scroller;
    this.element = h("div", { id: "library-message", hidden: true });
  }

  show(title, hint, ...more) {
    this.element.hidden = false;
    this.#scroller.classList.add("empty");
    setChildren(this.element, icon("image"), h("h2", {}, title), h("p", {}, hint), more);
  }

  hide() {
    this.element.hidden = true;
    this.#scroller.classList.remove("empty");
    setChildren(this.element);
  }
}
