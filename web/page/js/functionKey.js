/** The key, one of the Functions host or of the app: read from `?code=` once, kept for this tab, and sent as a header, never in a URL. */

import { basePath } from "./basePath.js";

const STORAGE_KEY = `function-key${basePath}`; // others may lie beside us on this host

/** Take the key out of the address bar, so that it is not bookmarked, shared or sent on. */
export function takeKeyFromUrl() {
  const url = new URL(location.href);
  const key = url.searchParams.get("code");
  if (!key) return;
  storeKey(key);
  url.searchParams.delete("code");
  history.replaceState(history.state, "", url);
}

export function storeKey(key) {
  sessionStorage.setItem(STORAGE_KEY, key);
}

export function forgetKey() {
  sessionStorage.removeItem(STORAGE_KEY);
}

export function hasKey() {
  return sessionStorage.getItem(STORAGE_KEY) !== null;
}

/** The headers that carry the key; none where the platform signs people in. */
export function keyHeaders() {
  const key = sessionStorage.getItem(STORAGE_KEY);
  return key ? { "x-functions-key": key } : {};
}
