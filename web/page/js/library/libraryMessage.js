/** What is said in place of the photos: that there are none yet, or none like this, or that they could not be loaded. */

import { button, h, icon, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { acceptedHint, firstPhotosHint } from "../uploads/uploadHints.js";

export class LibraryMessage {
  #scroller;

  /** The `scroller` holds the photos, which give way to the message; `addPhotos` opens file dialogs where there are none. */
  constructor(scroller, addPhotos) {
    this.#scroller = scroller;
    this.add = h(
      "div",
      { class: "first-photos needs-contributor" },
      button(strings.addFiles, { icon: "upload", class: "primary", onclick: () => addPhotos.chooseFiles() }),
      button(strings.addFolder, { icon: "folder", onclick: () => addPhotos.chooseFolder() }),
    );
    this.element = h("div", { id: "library-message", hidden: true });
    this.arriving = h("p", { class: "note", role: "status", hidden: true });
  }

  /** How many photos are on their way, which is news where there are none yet. */
  drawArriving(count) {
    this.arriving.hidden = !count;
    setChildren(this.arriving, count > 0 && strings.arriving(count));
  }

  show(title, hint, ...more) {
    this.element.hidden = false;
    this.#scroller.classList.add("empty");
    setChildren(this.element, icon("image"), h("h2", {}, title), h("p", {}, hint), more);
  }

  /** That nothing is found, or that there is nothing yet; `lessLikely` is the button that shows what may be meant. */
  showNone({ isUnfiltered, lessLikely }) {
    if (isUnfiltered) this.show(strings.noPhotos, firstPhotosHint(), this.arriving, this.add, acceptedHint());
    else if (lessLikely) this.show(strings.noneLikely, strings.noneLikelyHint, lessLikely);
    else this.show(strings.noResults, strings.noResultsHint);
  }

  hide() {
    this.element.hidden = true;
    this.#scroller.classList.remove("empty");
    setChildren(this.element);
  }
}
