/** Photos on their way into the library: checked, sent a few at a time, then followed until they can be searched. */

import { get, photoPath, post, Problem, sentence } from "./api.js";
import { keyHeaders } from "./keys.js";
import { words } from "./strings.js";

const AT_ONCE = 3;
const LOOK_EVERY = 1500; // milliseconds between two looks at what is waiting
const LOOKS = 8; // waiting photos asked after in one look
const PICTURE = /\.(jpe?g|jfif|png|webp|gif|tiff?|bmp|hei[cf]|hif|avif)$/i;
const ENDED = new Set(["searchable", "known", "failed"]);

export class Uploads extends EventTarget {
  items = [];
  #active = 0;
  #following = false;
  #turn = 0;

  /** Add files: `[{file, path}]`. */
  add(entries) {
    for (const { file, path } of entries) {
      const item = { key: crypto.randomUUID(), file, path: clean(path), percent: 0, state: "queued", why: "" };
      const fault = faultOf(file);
      if (fault) Object.assign(item, { state: "failed", why: fault, hopeless: true });
      this.items.push(item);
    }
    this.#changed();
    this.#work();
  }

  get busy() {
    return this.items.some(({ state }) => ["queued", "checking", "uploading"].includes(state));
  }

  get failed() {
    return this.items.filter(({ state, hopeless }) => state === "failed" && !hopeless);
  }

  async retry(item) {
    if (!item.id || item.unsent) {
      Object.assign(item, { state: "queued", why: "", unsent: false });
      this.#changed();
      return this.#work();
    }
    try {
      await post(`/api/failures/${item.id}/retry`);
      this.#become(item, "waiting");
      return this.#follow();
    } catch (error) {
      return this.#become(item, "failed", error.message);
    }
  }

  retryAll() {
    return Promise.all(this.failed.map((item) => this.retry(item)));
  }

  clearEnded() {
    this.items = this.items.filter(({ state }) => !ENDED.has(state));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }

  #become(item, state, why = "", more = {}) {
    const arrived = state === "searchable" && item.state !== state;
    Object.assign(item, { state, why }, more);
    this.#changed();
    if (arrived) this.dispatchEvent(new Event("arrived"));
  }

  // -- sending ------------------------------------------------------------------------------

  #work() {
    while (this.#active < AT_ONCE) {
      const item = this.items.find(({ state }) => state === "queued");
      if (!item) return;
      this.#active += 1;
      item.state = "checking";
      this.#send(item).finally(() => {
        this.#active -= 1;
        this.#work();
      });
    }
  }

  async #send(item) {
    try {
      if (await this.#isKnown(item)) return this.#become(item, "known");
      this.#become(item, "uploading");
      const { id } = await this.#put(item);
      this.#become(item, "waiting", "", { id });
      return this.#follow();
    } catch (error) {
      return this.#become(item, "failed", error.message, { unsent: true });
    }
  }

  /** Another photo of that name is not replaced: this one gets a name of its own. The same photo is not sent again. */
  async #isKnown(item) {
    const wanted = item.path;
    for (let number = 2; number < 100; number += 1) {
      const there = await this.#there(item.path);
      if (!there) return false;
      if (there.size_bytes === item.file.size && there.digest === (await digest(item.file))) return true;
      item.path = wanted.replace(/(\.[^./]*)?$/, ` (${number})$1`);
    }
    return false;
  }

  async #there(path) {
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
        if (request.status < 300) return resolve(request.response);
        return reject(new Problem(request.status, sentence(request.status, request.response?.error?.message)));
      };
      request.onerror = () => reject(new Problem(0, words.uploadCut));
      request.send(item.file);
    });
  }

  #progress(item, part) {
    const percent = Math.floor(part * 100);
    if (percent === item.percent) return;
    item.percent = percent;
    this.#changed();
  }

  // -- following ----------------------------------------------------------------------------

  get #waiting() {
    return this.items.filter(({ state }) => state === "waiting" || state === "retrying");
  }

  async #follow() {
    if (this.#following) return;
    this.#following = true;
    while (this.#waiting.length) {
      await this.#look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    this.#following = false;
  }

  async #look() {
    const { failures } = await get("/api/failures", { top: 1000 });
    const failing = new Map(failures.map((each) => [each.id, each]));
    const calm = [];
    for (const item of this.#waiting) {
      const failure = failing.get(item.id);
      if (failure) this.#become(item, failure.state, failure.reason, { next: failure.next_attempt_at });
      else calm.push(item);
    }
    const chosen = calm.length > LOOKS ? Array.from({ length: LOOKS }, () => calm[this.#turn++ % calm.length]) : calm;
    await Promise.all(chosen.map((item) => this.#isThere(item)));
  }

  async #isThere(item) {
    try {
      await get(photoPath(item.id));
      this.#become(item, "searchable");
    } catch (error) {
      if (error.status !== 404) throw error;
      if (item.state === "retrying") this.#become(item, "waiting");
    }
  }
}

/** Why a file is not worth sending; undefined when it is. */
function faultOf(file) {
  if (!PICTURE.test(file.name) && (!file.type.startsWith("image/") || file.type === "image/svg+xml"))
    return words.notPicture;
  return file.size ? undefined : words.emptyFile;
}

/** A name the store accepts: no part that is empty or ends in a dot, no backslash, no control character. */
function clean(path) {
  const parts = path
    .normalize("NFC")
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

async function digest(file) {
  try {
    return hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  } catch {
    throw new Problem(0, words.unreadable);
  }
}

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
