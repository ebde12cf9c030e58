/** Short-lived links to images, fetched many at a time and reused until they expire. */

import { post } from "./api.js";
import { picturesOfLastView } from "./offline/offline.js";

const MAX_IDS = 100; // ids in one request
const BATCH_DELAY = 8; // milliseconds in which requests are collected into one

const MAX_LARGE = 4; // of those that the server may have to make first

const SIZES = ["thumbnail", "thumbnail_640", "preview", "original", "large"];
const newLinks = () => Object.fromEntries(SIZES.map((size) => [size, new Map()]));
const cache = newLinks();
const pending = newLinks();

/** The link if it is in the cache, for callers that cannot wait. */
export function cachedLink(id, size = "thumbnail") {
  const entry = cache[size].get(id);
  return entry && entry.expires > Date.now() ? entry.url : undefined;
}

/** Fetch new links to a photo the next time, as after it was replaced. */
export function forgetLinks(id) {
  for (const links of Object.values(cache)) links.delete(id);
}

/** Keep links to thumbnails, by id, that are good for so many seconds; those that are shown stay, as browsers have them. */
export function keepLinks(links, seconds) {
  const expires = Date.now() + seconds * 1000;
  for (const [id, url] of Object.entries(links)) if (!cachedLink(id)) cache.thumbnail.set(id, { url, expires });
}

/** A link; undefined where the photo is gone. `fresh` ignores the cache. */
export function getLink(id, size = "thumbnail", { fresh = false } = {}) {
  const url = fresh ? undefined : cachedLink(id, size);
  if (url) return Promise.resolve(url);
  const batch = pending[size];
  if (!batch.size) setTimeout(() => fetchPending(size), BATCH_DELAY);
  if (!batch.has(id)) batch.set(id, Promise.withResolvers ? Promise.withResolvers() : deferred());
  return batch.get(id).promise;
}

function deferred() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

function fetchPending(size) {
  const batch = [...pending[size]];
  pending[size].clear();
  const most = size === "large" ? MAX_LARGE : MAX_IDS;
  for (let from = 0; from < batch.length; from += most) fetchLinks(size, batch.slice(from, from + most));
}

async function fetchLinks(size, batch) {
  try {
    const { links, seconds } = await post("/api/links", { ids: batch.map(([id]) => id), size });
    const expires = Date.now() + seconds * 1000;
    for (const [id, promise] of batch) {
      if (links[id]) cache[size].set(id, { url: links[id], expires });
      promise.resolve(links[id]);
    }
  } catch (error) {
    const kept = error.status === 0 ? await picturesOfLastView(batch.map(([id]) => id)).catch(() => null) : null;
    for (const [id, promise] of batch) {
      if (kept?.[id]) promise.resolve(kept[id]);
      else promise.reject(error);
    }
  }
}

/**
 * Show a photo in an <img>; an expired link is renewed once.
 * `failed` is called when there is nothing to show.
 */
export function showImage(img, id, size, failed = () => {}) {
  const start = (url) => {
    if (url) img.src = url;
    else failed();
  };
  const renewed = (url) => {
    img.addEventListener("error", failed, { once: true });
    start(url);
  };
  img.addEventListener("error", () => getLink(id, size, { fresh: true }).then(renewed, failed), { once: true });
  const url = cachedLink(id, size);
  if (url) start(url);
  else getLink(id, size).then(start, failed);
}
