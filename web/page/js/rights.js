/** What the key may do: the page offers only that, and the server decides again. */

import { get } from "./api.js";

/** Ask the server; then elements of the class `needs-full` are shown, unless the key may only read. */
export async function loadRights() {
  const me = await get("/api/me").catch(() => null);
  document.documentElement.dataset.right = me?.right ?? "unknown";
}

/** Whether the key is known to be good for reading only. */
export const mayOnlyRead = () => document.documentElement.dataset.right === "read";
