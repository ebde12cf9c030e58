/** A dialog that the address opens (`?view=NAME`), loaded when it is first opened. */

import { strings } from "./strings.js";
import { toast } from "./toast.js";
import { state, urlChanges } from "./urlState.js";

export class LazyView {
  #name;
  #load;
  #isLoading = false;

  /** `load()` gives the dialog, which follows the address by itself from then on. */
  constructor(name, load) {
    this.#name = name;
    this.#load = load;
    this.dialog = null;
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  get isOpen() {
    return Boolean(this.dialog?.isOpen);
  }

  async followUrl() {
    if (this.#isLoading || this.dialog || state.view !== this.#name) return;
    this.#isLoading = true;
    try {
      this.dialog = await this.#load();
      this.dialog.followUrl();
    } catch {
      toast(strings.offline);
    } finally {
      this.#isLoading = false;
    }
  }
}
