/** Deleting with undo: the photo disappears at once, and is deleted once the time to undo is over. */

import { photoPath, remove } from "../api.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";

const UNDO_TIME = 7000; // milliseconds

export class PhotoDeletion {
  #results;
  #pending = new Set();

  constructor(results) {
    this.#results = results;
    // A tab that is closed in the meantime still deletes.
    addEventListener("pagehide", () => {
      for (const id of this.#pending) remove(photoPath(id), { keepalive: true }).catch(() => {});
      this.#pending.clear();
    });
  }

  async start({ id, title }) {
    if (this.#pending.has(id)) return;
    this.#pending.add(id);
    this.#results.hide(id);
    const undone = await toast(strings.deleted(title), { duration: UNDO_TIME, actionLabel: strings.undo });
    if (!this.#pending.delete(id)) return;
    if (undone) this.#results.hide(id, false);
    else await this.#delete(id, title);
  }

  async #delete(id, title) {
    try {
      await remove(photoPath(id));
    } catch (error) {
      if (error.status !== 404) {
        this.#results.hide(id, false);
        toast(strings.notDeleted(title, error.message));
        return;
      }
    }
    this.#results.remove(id);
  }
}
