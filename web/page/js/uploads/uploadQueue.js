/** Photos on their way into the library: checked, sent a few at a time, then polled until they can be searched. */

import { get, photoPath, post } from "../api.js";
import { forgetLinks } from "../imageLinks.js";
import { besidePhoto, companionKind, photoOf } from "./companions.js";
import { sendUnderFreeName } from "./originals.js";
import { isShortMovie, whyRefused } from "./uploadRules.js";

const MAX_UPLOADS = 3; // at the same time
const POLL_INTERVAL = 1500; // milliseconds
const MAX_POLLED = 100; // waiting photos asked for in one poll
const UNSENT = new Set(["queued", "checking", "uploading"]);
const FINISHED = new Set(["searchable", "attached", "duplicate", "skipped", "failed"]);

/** Fires `changed`, and for single photos `searchable`, `replaced` and `removed`. */
export class UploadQueue extends EventTarget {
  items = [];
  #added = 0;
  #active = 0;
  #isPolling = false;
  #polled = 0; // where the next poll goes on, when not all fit into one

  /** Add files: `[{file, path}]`. */
  add(files) {
    const items = files.map(({ file, path }) => this.#newItem(file, validPath(path)));
    this.items.push(...items);
    for (const item of items.filter(({ kind }) => !kind)) this.#check(item);
    // Only now is it clear which photos they may belong to.
    const photos = this.items.filter(({ kind, isInvalid }) => !kind && !isInvalid);
    for (const item of items.filter(({ kind }) => kind)) this.#checkCompanion(item, photos);
    this.#changed();
    this.#startUploads();
  }

  #newItem(file, wanted) {
    this.#added += 1;
    const kind = companionKind(wanted);
    return { key: this.#added, file, kind, wanted, path: wanted, percent: 0, state: "queued", reason: "" };
  }

  #check(item, isCompanion = false) {
    const reason = whyRefused(item.file, isCompanion);
    if (reason) Object.assign(item, { state: "failed", reason, isInvalid: true });
  }

  /** A sidecar may belong to a photo that is there already; a movie is sent with its picture or not at all. */
  #checkCompanion(item, photos) {
    item.photo = photoOf(item.wanted, photos);
    this.#check(item, item.kind === "sidecar" || Boolean(item.photo && isShortMovie(item.file)));
  }

  get isBusy() {
    return this.items.some(({ state, decision }) => decision || UNSENT.has(state));
  }

  get retryable() {
    return this.items.filter(({ state, isInvalid }) => state === "failed" && !isInvalid);
  }

  async retry(item) {
    if (!item.id || item.isUnsent) {
      Object.assign(item, { state: "queued", reason: "", isUnsent: false });
      this.#changed();
      this.#startUploads();
      return;
    }
    try {
      await post(`/api/failures/${item.id}/retry`);
    } catch (error) {
      this.update(item, { state: "failed", reason: error.message });
      return;
    }
    this.update(item, { state: "waiting", reason: "" });
    await this.#poll();
  }

  retryAll() {
    return Promise.all(this.retryable.map((item) => this.retry(item)));
  }

  clearFinished() {
    this.items = this.items.filter(({ state, decision }) => decision || !FINISHED.has(state));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }

  /** Change an item, and say so. */
  update(item, changes) {
    const isNewlySearchable = changes.state === "searchable" && item.state !== "searchable";
    Object.assign(item, changes);
    this.#changed();
    if (isNewlySearchable) this.dispatchEvent(new Event("searchable"));
  }

  /** The file of an item is stored: a photo is waited for until it can be searched. */
  waitFor(item, { id, path, etag, state = item.kind ? "attached" : "waiting" }, changes) {
    this.update(item, { state, reason: "", id, path, etag, ...changes });
    this.#poll();
  }

  // -- uploading ----------------------------------------------------------------------------

  #startUploads() {
    while (this.#active < MAX_UPLOADS) {
      const item = this.items.find(({ state, photo }) => state === "queued" && !(photo && UNSENT.has(photo.state)));
      if (!item) return;
      this.#active += 1;
      item.state = "checking";
      this.#upload(item).finally(() => {
        this.#active -= 1;
        this.#startUploads();
      });
    }
  }

  async #upload(item) {
    try {
      const onProgress = (percent) => this.#progress(item, percent);
      const wanted = item.photo ? besidePhoto(item.wanted, item.photo) : item.wanted;
      const { path, conflict, stored, isDuplicate } = await sendUnderFreeName(item.file, wanted, onProgress);
      if (isDuplicate) this.update(item, { state: "duplicate", path });
      else this.waitFor(item, stored, { conflict });
    } catch (error) {
      this.update(item, { state: "failed", reason: error.message, isUnsent: true });
    }
  }

  #progress(item, percent) {
    if (item.state !== "uploading" || percent !== item.percent) this.update(item, { state: "uploading", percent });
  }

  // -- polling ------------------------------------------------------------------------------

  get #waiting() {
    return this.items.filter(({ state }) => state === "waiting" || state === "retrying");
  }

  async #poll() {
    if (this.#isPolling) return;
    this.#isPolling = true;
    while (this.#waiting.length) {
      await this.#pollOnce().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    }
    this.#isPolling = false;
  }

  async #pollOnce() {
    const { failures } = await get("/api/failures", { top: 1000 });
    const failureById = new Map(failures.map((each) => [each.id, each]));
    const others = [];
    for (const item of this.#waiting) {
      const failure = failureById.get(item.id);
      if (!failure) others.push(item);
      else this.update(item, { state: failure.state, reason: failure.reason, nextAttempt: failure.next_attempt_at });
    }
    await this.#checkSearchable(this.#nextToPoll(others));
  }

  #nextToPoll(items) {
    if (items.length <= MAX_POLLED) return items;
    const start = this.#polled;
    this.#polled += MAX_POLLED;
    return Array.from({ length: MAX_POLLED }, (_, index) => items[(start + index) % items.length]);
  }

  /** Only photos that are indexed have a link to their original, so none is asked for by itself in vain. */
  async #checkSearchable(items) {
    if (!items.length) return;
    const { links } = await post("/api/links", { ids: items.map(({ id }) => id), size: "original" });
    for (const item of items) {
      const isThere = item.id in links && !(await this.#isStillReplaced(item));
      if (!this.#waiting.includes(item)) continue;
      if (isThere) this.#setSearchable(item);
      else if (item.state === "retrying") this.update(item, { state: "waiting", reason: "" });
    }
  }

  async #isStillReplaced({ id, replacedEtag }) {
    return Boolean(replacedEtag) && (await get(photoPath(id))).etag === replacedEtag;
  }

  #setSearchable(item) {
    this.update(item, { state: "searchable", reason: "" });
    if (!item.replacedEtag) return;
    forgetLinks(item.id);
    this.dispatchEvent(new Event("replaced"));
  }
}

/** A blob name the storage accepts: no part that is empty, blank or ends in a dot, and nothing a listing can't carry. */
function validPath(path) {
  const parts = (path.toWellFormed?.() ?? path)
    .normalize("NFC")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\\]/g, "_")
    .split("/");
  return parts
    .filter((part) => part && part !== "." && part !== "..")
    .map((part) => part.replace(/\.+$/, "_").replace(/^\s+$/, "_"))
    .join("/");
}
