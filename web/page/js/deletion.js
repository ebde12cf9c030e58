/** Deleting with a way back: the photo disappears at once, and is deleted when nobody wanted it back. */

import { photoPath, remove } from "./api.js";
import { words } from "./strings.js";
import { toast } from "./toast.js";

const TIME_TO_THINK = 7000;

export class Deletion {
  #library;
  #pending = new Map();

  constructor(library) {
    this.#library = library;
    // A tab that is closed in the meantime keeps its word.
    addEventListener("pagehide", () => {
      for (const id of this.#pending.keys()) remove(photoPath(id), { keepalive: true }).catch(() => {});
      this.#pending.clear();
    });
  }

  async start({ id, title }) {
    if (this.#pending.has(id)) return;
    this.#pending.set(id, title);
    this.#library.hide(id);
    const undone = await toast(words.deleted(title), { stay: TIME_TO_THINK, action: { label: words.undo } });
    if (!this.#pending.delete(id)) return;
    if (undone) this.#library.hide(id, false);
    else await this.#finish(id, title);
  }

  async #finish(id, title) {
    try {
      await remove(photoPath(id));
      this.#library.drop(id);
    } catch (error) {
      if (error.status === 404) return this.#library.drop(id);
      this.#library.hide(id, false);
      toast(words.notDeleted(title, error.message));
    }
  }
}
