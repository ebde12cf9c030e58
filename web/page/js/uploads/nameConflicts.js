/** Files kept under another name, because another file has theirs: each can replace it or be skipped, with undo. */

import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { deleteOriginal, findOriginal, send } from "./originals.js";

const UNDO_TIME = 7000; // milliseconds

export class NameConflicts {
  #queue;

  constructor(queue) {
    this.#queue = queue;
    // A tab that is closed in the meantime still skips. It replaces nothing: both are kept.
    addEventListener("pagehide", () => {
      for (const item of queue.items.filter(({ decision }) => decision === "skip"))
        deleteOriginal(item.path, item.etag, { keepalive: true }).catch(() => {});
    });
  }

  /** The files that nobody has decided about. */
  get open() {
    return this.#queue.items.filter(({ conflict, decision }) => conflict && !decision);
  }

  /** `replace` or `skip` these files, once the time to undo is over. */
  async decide(items, decision) {
    this.#mark(items, decision);
    const text = decision === "replace" ? strings.replacing(items) : strings.skipping(items);
    const undone = await toast(text, { duration: UNDO_TIME, actionLabel: strings.undo });
    if (undone) return this.#mark(items, undefined);
    for (const item of items) await this.#apply(item, decision);
  }

  #mark(items, decision) {
    for (const item of items) this.#queue.update(item, { decision, problem: "" });
  }

  async #apply(item, decision) {
    try {
      await (decision === "replace" ? this.#replace(item) : this.#skip(item));
    } catch (error) {
      item.isReplacing = false;
      const problem = error.status === 412 ? await this.#whatChanged(item, decision) : error.message;
      this.#queue.update(item, { decision: undefined, problem });
      toast(problem);
    }
  }

  async #skip(item) {
    await deleteOriginal(item.path, item.etag);
    this.#queue.update(item, { state: "skipped", conflict: null, decision: undefined });
    this.#queue.dispatchEvent(new Event("removed"));
  }

  async #replace(item) {
    const { path, etag, conflict } = item;
    const onProgress = (percent) => this.#queue.update(item, { percent });
    this.#queue.update(item, { percent: 0, isReplacing: true });
    const stored = await send(item.file, conflict.path, { etag: conflict.etag, onProgress }).catch((error) => {
      if (error.code !== "same_bytes") throw error;
      return findOriginal(conflict.path); // it is there, as after an answer that was lost
    });
    this.#queue.waitFor(item, stored, {
      replacedEtag: conflict.etag,
      conflict: null,
      decision: undefined,
      isReplacing: false,
    });
    await deleteOriginal(path, etag).catch((error) => toast(strings.copyNotRemoved(path, error.message)));
  }

  /** What a person is told, and decides about again: nothing is replaced or deleted unseen. */
  async #whatChanged(item, decision) {
    if (decision === "skip") {
      this.#queue.update(item, { conflict: null });
      return strings.keptCopyChanged(item.path);
    }
    const { path } = item.conflict;
    const existing = await findOriginal(path).catch(() => item.conflict);
    this.#queue.update(item, { conflict: existing ?? { path, etag: null } });
    return existing ? strings.conflictChanged(path) : strings.conflictGone(path);
  }
}
