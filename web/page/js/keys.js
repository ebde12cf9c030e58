/** The function key: taken from `?code=` once, kept for this tab, and sent as a header, never in an address. */

const KEPT = "function-key";

/** Take the key out of the address bar, so that it is not bookmarked, shared or sent on. */
export function takeKey() {
  const url = new URL(location.href);
  const key = url.searchParams.get("code");
  if (!key) return;
  useKey(key);
  url.searchParams.delete("code");
  history.replaceState(history.state, "", url);
}

export function useKey(key) {
  sessionStorage.setItem(KEPT, key);
}

/** The headers that open the door; none where the platform's sign-in does it. */
export function keyHeaders() {
  const key = sessionStorage.getItem(KEPT);
  return key ? { "x-functions-key": key } : {};
}
