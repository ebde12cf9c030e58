/** What is loaded when it is first needed, and a dialog of that kind, which the address opens (`?view=NAME`). */

import { strings } from "./strings.js";
import { toast } from "./toast.js";
import { state, urlChanges } from "./urlState.js";

/** What `load()` gives, or null where that cannot be had, which is said. */
export async function loaded(load) {
  try {
    return await load();
  } catch {
    toast(strings.offline);
    return null;
  }
}

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
    this.dialog = await loaded(this.#load);
    this.#isLoading = false;
    this.dialog?.followUrl();
  }
}
