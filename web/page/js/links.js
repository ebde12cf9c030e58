/** Short-lived links to pictures, fetched many at once and kept for as long as they may be trusted. */

import { post } from "./api.js";

const MOST = 100; // ids in one request
const PATIENCE = 8; // milliseconds in which asking together saves requests

const kept = { thumbnail: new Map(), preview: new Map(), original: new Map() };
const asked = { thumbnail: new Map(), preview: new Map(), original: new Map() };

/** The link if it is at hand, for who cannot wait. */
export function known(id, size = "thumbnail") {
  const found = kept[size].get(id);
  return found && found.until > Date.now() ? found.url : undefined;
}

/** A link; undefined where the photo is gone. `fresh` does not trust the one at hand. */
export function link(id, size = "thumbnail", { fresh = false } = {}) {
  const url = fresh ? undefined : known(id, size);
  if (url) return Promise.resolve(url);
  const waiting = asked[size];
  if (!waiting.size) setTimeout(() => fetchAll(size), PATIENCE);
  if (!waiting.has(id)) waiting.set(id, Promise.withResolvers ? Promise.withResolvers() : deferred());
  return waiting.get(id).promise;
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

function fetchAll(size) {
  const waiting = [...asked[size]];
  asked[size].clear();
  for (let from = 0; from < waiting.length; from += MOST) fetchSome(size, waiting.slice(from, from + MOST));
}

async function fetchSome(size, waiting) {
  try {
    const { links, seconds } = await post("/api/links", { ids: waiting.map(([id]) => id), size });
    const until = Date.now() + seconds * 1000;
    for (const [id, promise] of waiting) {
      if (links[id]) kept[size].set(id, { url: links[id], until });
      promise.resolve(links[id]);
    }
  } catch (error) {
    for (const [, promise] of waiting) promise.reject(error);
  }
}

/**
 * Show a picture in an <img>; a link that has ended is renewed once.
 * `failed` is called when there is nothing to show.
 */
export function show(img, id, size, failed = () => {}) {
  const start = (url) => (url ? (img.src = url) : failed());
  img.addEventListener("error", () => link(id, size, { fresh: true }).then(renewed, failed), { once: true });
  const renewed = (url) => {
    img.addEventListener("error", failed, { once: true });
    start(url);
  };
  const ready = known(id, size);
  if (ready) start(ready);
  else link(id, size).then(start, failed);
}
