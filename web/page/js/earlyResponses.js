/** What was asked for before the modules were there that need the answer. */

import { basePath } from "./basePath.js";
import { keyHeaders } from "./functionKey.js";

const asked = new Map(); // responses by path

export function askEarly(path) {
  const response = fetch(basePath + path, { headers: keyHeaders(), priority: "high" });
  response.catch(() => {}); // whoever takes it is told
  asked.set(path, response);
}

/** The response to a GET that was asked for early, once; undefined for any other. */
export function takeEarly(path) {
  const response = asked.get(path);
  asked.delete(path);
  return response;
}
