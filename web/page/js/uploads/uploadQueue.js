/** Photos on their way into the library: checked, sent a few at a time, then polled until they can be searched. */

import { ApiError, errorMessage, get, photoPath, post } from "../api.js";
import { keyHeaders } from "../functionKey.js";
import { strings } from "../strings.js";
import { isImage } from "./selectedFiles.js";

const MAX_UPLOADS = 3; // at the same time
const POLL_INTERVAL = 1500; // milliseconds
const MAX_POLLED = 8; // waiting photos asked for in one poll
const FINISHED = new Set(["searchable", "duplicate", "failed"]);

/** Fires `changed`, and `searchable` for each photo that can be searched. */
export class UploadQueue extends EventTarget {
  items = [];
  #active = 0;
  #isPolling = false;
  #polled = 0; // where the next poll goes on, when not all fit into one

  /** Add files: `[{file, path}]`. */
  add(files) {
    for (const { file, path } of files) {
      const item = { key: crypto.randomUUID(), file, path: validPath(path), percent: 0, state: "queued", reason: "" };
      const reason = whyInvalid(file);
      if (reason) Object.assign(item, { state: "failed", reason, isInvalid: true });
      this.items.push(item);
    }
    this.#changed();
    this.#startUploads();
  }

  get isBusy() {
    return this.items.some(({ state }) => ["queued", "checking", "uploading"].includes(state));
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
      this.#setState(item, "failed", { reason: error.message });
      return;
    }
    this.#setState(item, "waiting");
    await this.#poll();
  }

  retryAll() {
    return Promise.all(this.retryable.map((item) => this.retry(item)));
  }

  clearFinished() {
    this.items = this.items.filter(({ state }) => !FINISHED.has(state));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }

  #setState(item, state, { reason = "", ...others } = {}) {
    const isNewlySearchable = state === "searchable" && item.state !== state;
    Object.assign(item, { state, reason }, others);
    this.#changed();
    if (isNewlySearchable) this.dispatchEvent(new Event("searchable"));
  }

  // -- uploading ----------------------------------------------------------------------------

  #startUploads() {
    while (this.#active < MAX_UPLOADS) {
      const item = this.items.find(({ state }) => state === "queued");
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
      if (await this.#isDuplicate(item)) {
        this.#setState(item, "duplicate");
        return;
      }
      this.#setState(item, "uploading");
      const { id } = await this.#put(item);
      this.#setState(item, "waiting", { id });
    } catch (error) {
      this.#setState(item, "failed", { reason: error.message, isUnsent: true });
      return;
    }
    this.#poll();
  }

  /** Whether the same photo is there. Another photo of that name is not replaced: the new one gets another name. */
  async #isDuplicate(item) {
    const path = item.path;
    for (let number = 2; number < 100; number += 1) {
      const existing = await this.#photoAt(item.path);
      if (!existing) return false;
      if (existing.size_bytes === item.file.size && existing.digest === (await digestOf(item.file))) return true;
      item.path = path.replace(/(\.[^./]*)?$/, ` (${number})$1`);
    }
    return false;
  }

  async #photoAt(path) {
    if (this.items.some((other) => other.path === path && other.id && other.state !== "failed"))
      return { size_bytes: -1 };
    try {
      return await get(photoPath(await photoId(path)));
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  #put(item) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PUT", `/api/photos/${item.path.split("/").map(encodeURIComponent).join("/")}`);
      for (const [name, value] of Object.entries(keyHeaders())) request.setRequestHeader(name, value);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => this.#progress(item, loaded / total);
      request.onload = () => {
        const { status, response } = request;
        if (status < 300) resolve(response);
        else reject(new ApiError(status, errorMessage(status, response?.error?.message)));
      };
      request.onerror = () => reject(new ApiError(0, strings.connectionLost));
      request.send(item.file);
    });
  }

  #progress(item, fraction) {
    const percent = Math.floor(fraction * 100);
    if (percent === item.percent) return;
    item.percent = percent;
    this.#changed();
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
      else this.#setState(item, failure.state, { reason: failure.reason, nextAttempt: failure.next_attempt_at });
    }
    await Promise.all(this.#nextToPoll(others).map((item) => this.#checkSearchable(item)));
  }

  #nextToPoll(items) {
    if (items.length <= MAX_POLLED) return items;
    const start = this.#polled;
    this.#polled += MAX_POLLED;
    return Array.from({ length: MAX_POLLED }, (_, index) => items[(start + index) % items.length]);
  }

  async #checkSearchable(item) {
    try {
      await get(photoPath(item.id));
      this.#setState(item, "searchable");
    } catch (error) {
      if (error.status !== 404) throw error;
      if (item.state === "retrying") this.#setState(item, "waiting");
    }
  }
}

/** Why a file is not worth sending; undefined when it is. */
function whyInvalid(file) {
  if (!isImage(file)) return strings.notAnImage;
  return file.size ? undefined : strings.emptyFile;
}

/** A blob name the storage accepts: no part that is empty or ends in a dot, no backslash, no control character. */
function validPath(path) {
  const parts = path
    .normalize("NFC")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
    .replace(/[\u0000-\u001f\u007f\\]/g, "_")
    .split("/");
  return parts
    .filter((part) => part && part !== "." && part !== "..")
    .map((part) => part.replace(/\.+$/, "_"))
    .join("/");
}

/** The id the service gives to a path. */
async function photoId(path) {
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(path))).slice(0, 32);
}

async function digestOf(file) {
  try {
    return hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  } catch {
    throw new ApiError(0, strings.unreadable);
  }
}

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
