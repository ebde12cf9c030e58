/** What the caller may do, and whether verdicts are kept: the page offers only that, and the server decides again. */

import { get } from "./api.js";

/**
 * Ask the server; then elements of the class `needs-full` are shown, unless the caller may only read, and those of the
 * class `needs-feedback` where verdicts are kept, and of `needs-image-model` where there is one. The answer, or null.
 */
export async function loadRights() {
  const me = await get("/api/me").catch(() => null);
  document.documentElement.dataset.right = me?.right ?? "unknown";
  document.documentElement.dataset.feedback = me?.feedback ?? "off";
  document.documentElement.dataset.pictures = me?.search_by_picture ? "yes" : "no";
  return me;
}

/** Whether the key is known to be good for reading only. */
export const mayOnlyRead = () => document.documentElement.dataset.right === "read";

/** Whether the server keeps the words of a question with a verdict: else they are not sent. */
export const keepsQuestions = () => document.documentElement.dataset.feedback === "questions";
