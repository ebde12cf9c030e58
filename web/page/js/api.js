/** The app's HTTP routes. Every failure is a Problem in words; two kinds of news go to whoever listens. */

import { keyHeaders } from "./keys.js";
import { words } from "./strings.js";

/** `locked`: a key or a sign-in is missing. `away`: no answer from the server. `back`: it answers again. */
export const news = new EventTarget();
let away = false;

/** What went wrong: the HTTP status (0: no answer at all) and a sentence for the person in front of it. */
export class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const get = async (path, params, options) => (await request(address(path, params), options)).json();
export const post = async (path, body, options) => (await request(path, sending("POST", body, options))).json();
export const remove = (path, options) => request(path, { ...options, method: "DELETE" });

/** The bare response, for a stream. */
export const open = (path, body, options) => request(path, sending("POST", body, options));

function sending(method, body, options = {}) {
  const headers = { "Content-Type": "application/json", ...options.headers };
  return { ...options, method, headers, body: JSON.stringify(body ?? {}) };
}

function address(path, params = []) {
  const query = new URLSearchParams(params).toString();
  return query ? `${path}?${query}` : path;
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...keyHeaders(), ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    tell(true);
    throw new Problem(0, words.noAnswer);
  }
  tell(response.status === 502 || response.status === 504);
  if (response.ok) return response;
  throw await problem(response);
}

function tell(gone) {
  if (gone !== away) news.dispatchEvent(new Event(gone ? "away" : "back"));
  away = gone;
}

/** The sentence in an error body; a proxy's page in its place is passed over. */
async function problem(response) {
  if (response.status === 401 || response.status === 403) news.dispatchEvent(new Event("locked"));
  const said = await response.json().catch(() => null);
  return new Problem(response.status, sentence(response.status, said?.error?.message));
}

export function sentence(status, message) {
  return words.answers[status] ?? message ?? words.unknownStatus(status);
}

export const photoPath = (id) => `/api/photos/${encodeURIComponent(id)}`;
