/** What somebody may do, and whether verdicts are kept: the page offers only that, and the server decides again. */

import { get } from "./api.js";

const ROLES = ["viewer", "contributor", "editor", "admin"]; // each may do all that the one before it may
const ROLE_OF_RIGHT = { read: "viewer", full: "admin" };

/**
 * Ask the server; then elements of the classes `needs-contributor`, `needs-editor` and `needs-admin` are shown to those
 * who have the role, and to all while it cannot be asked. Those of the class `needs-feedback` are shown where verdicts
 * are kept, and of `needs-image-model` where there is one. The answer, or null.
 */
export async function loadRights() {
  const me = await get("/api/me").catch(() => null);
  document.documentElement.dataset.role = me?.role ?? ROLE_OF_RIGHT[me?.right] ?? "unknown";
  document.documentElement.dataset.feedback = me?.feedback ?? "off";
  document.documentElement.dataset.pictures = me?.search_by_picture ? "yes" : "no";
  return me;
}

/** Whether somebody has a role, or one that may do more, as far as that is known. */
export function may(role) {
  const own = ROLES.indexOf(document.documentElement.dataset.role);
  return own < 0 || own >= ROLES.indexOf(role);
}

/** Whether the server keeps the words of a question with a verdict: else they are not sent. */
export const keepsQuestions = () => document.documentElement.dataset.feedback === "questions";
