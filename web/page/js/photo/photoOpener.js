/** Opens photos over the page, as the address says; the dialog that shows them is loaded when one is first opened. */

import { loaded } from "../lazyView.js";
import { closeView, navigate, state, urlChanges } from "../urlState.js";

export class PhotoOpener {
  #results;
  #onClose;
  #dialog = null;
  #photos; // those to browse in the dialog that is being loaded
  #isLoading = false;

  /** `onClose(id)` is called with the photo shown last. */
  constructor(results, onClose) {
    this.#results = results;
    this.#onClose = onClose;
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  /** Open a photo; `photos` are the ones to browse if not the search results. */
  open(id, photos) {
    if (this.#dialog) {
      this.#dialog.open(id, photos);
      return;
    }
    this.#photos = photos;
    navigate({ photo: id });
  }

  async followUrl() {
    if (!state.photo || this.#dialog || this.#isLoading) return;
    this.#isLoading = true;
    this.#dialog = await loaded(async () => {
      const { PhotoDialog } = await import("./photoDialog.js");
      return new PhotoDialog(this.#results, this.#onClose);
    });
    this.#isLoading = false;
    if (this.#dialog) this.#dialog.showFromUrl(this.#photos);
    else closeView("photo"); // so that it can be opened again
  }
}
