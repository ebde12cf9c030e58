/** The app's HTTP routes. Every failure is an ApiError with a readable message; connection events go to listeners. */

import { basePath } from "./basePath.js";
import { takeEarly } from "./earlyResponses.js";
import { keyHeaders } from "./functionKey.js";
import { recallFromLastView } from "./offline/offline.js";
import { strings } from "./strings.js";

/**
 * `locked`: a key is missing, or wrong. `signed-out`: people sign in, and nobody has. `no-role`: somebody has, who may do
 * nothing. The latter two have the server's error as `detail`. `offline`: the server does not answer. `recalled`:
 * photos of the last view are shown in its place, with the moment they are from as `detail`. `online`: the server answers again.
 */
export const connection = new EventTarget();
let isAway = false;
const etags = new WeakMap(); // of records, by what an answer held

/** Whether a response, if there is one, is of the server, and not of a proxy that cannot reach it. */
export const isAnswered = (response) => Boolean(response) && response.status !== 502 && response.status !== 504;
/** Whether the server did not answer the last time that it was asked. */
export const isOffline = () => isAway;

/**
 * What went wrong: the HTTP status (0: no response at all), a sentence to show, and the server's code for it. `checks`
 * says which services are down, `param` what of the request was wrong, and `count` how many photos there are where others
 * were expected, where the server tells.
 */
export class ApiError extends Error {
  constructor(status, message, code, checks, param) {
    super(message);
    this.status = status;
    this.code = code;
    this.checks = checks;
    this.param = param;
  }
}

/** GET, and what the answer holds: null where there is nothing. */
export async function get(path, params, options) {
  const response = await request(withQuery(path, params), options);
  return response.status === 204 ? null : contentOf(response);
}

/** GET, and the bare response, for its headers. */
export const getRaw = (path) => request(path);
/** PUT a text that is JSON, or a file, and the bare response. */
export const put = (path, body, headers) =>
  request(path, { method: "PUT", headers: { "Content-Type": "application/json", ...headers }, body });
export const post = async (path, body, options) => contentOf(await postRaw(path, body, options));
/** POST a file as it is, of a content type. */
export const postFile = async (path, params, file, type) =>
  contentOf(await request(withQuery(path, params), { method: "POST", headers: { "Content-Type": type }, body: file }));
/** PATCH; with a record as `since` it is refused with 412 if there is another version of it by now. */
export const patch = async (path, body, since) => contentOf(await patchRaw(path, body, ifMatch(since)));
/** Undo the edit that answered with this record of a photo; refused where somebody has changed the photo since. */
export const undoEdit = (photo) => post(`${photoPath(photo.id)}/undo`, {}, { headers: ifMatch(photo) });
/** GET or, with a body, POST, and the bare response, for a download. */
export const download = (path, params, body, options) =>
  body ? postRaw(path, body, options) : request(withQuery(path, params), options);

export const remove = (path, options) => request(path, { ...options, method: "DELETE" });

/** POST, and the bare response, for a stream. */
export function postRaw(path, body, options = {}) {
  const headers = { "Content-Type": "application/json", ...options.headers };
  return request(path, { ...options, method: "POST", headers, body: JSON.stringify(body ?? {}) });
}

function patchRaw(path, body, headers) {
  const type = { "Content-Type": "application/merge-patch+json" };
  return request(path, { method: "PATCH", headers: { ...type, ...headers }, body: JSON.stringify(body) });
}

/** What an answer holds; a record remembers its version. A proxy that packs an answer calls the version a weak one. */
async function contentOf(response) {
  const content = await response.json();
  const etag = response.headers.get("ETag")?.replace(/^W\//, "");
  if (etag) etags.set(content, etag);
  return content;
}

/** Whether it is known which version of its photo a record is. */
export const hasVersion = (record) => etags.has(record);

function ifMatch(record) {
  return hasVersion(record) ? { "If-Match": etags.get(record) } : {};
}

function withQuery(path, params = []) {
  const query = new URLSearchParams(params).toString();
  return query ? `${path}?${query}` : path;
}

async function request(path, options = {}) {
  const early = options.method ? undefined : takeEarly(path);
  let response;
  try {
    response = await (early ??
      fetch(basePath + path, { ...options, headers: { ...keyHeaders(), ...options.headers } }));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    setOffline(true);
    const kept = await recalled(path, options);
    if (kept) return kept;
    throw new ApiError(0, strings.noResponse);
  }
  setOffline(!isAnswered(response));
  if (response.ok) return response;
  const kept = isAway && (await recalled(path, options));
  if (kept) return kept;
  throw await errorOf(response);
}

async function recalled(path, { method }) {
  const kept = method ? null : await recallFromLastView(path).catch(() => null);
  if (kept?.at) connection.dispatchEvent(new CustomEvent("recalled", { detail: kept.at }));
  return kept && Response.json(kept.answer);
}

function setOffline(offline) {
  if (offline !== isAway) connection.dispatchEvent(new Event(offline ? "offline" : "online"));
  isAway = offline;
}

/**
 * Tell the page that the server does not let it in, if that is what its answer means.
 *
 * A 403 of ours says what this key may not do, so only another's 403 means that the library is locked.
 */
export function noticeLock(status, error) {
  if (error?.sign_in) connection.dispatchEvent(new CustomEvent("signed-out", { detail: error }));
  else if (error?.sign_out) connection.dispatchEvent(new CustomEvent("no-role", { detail: error }));
  else if (status === 401 || (status === 403 && !error)) connection.dispatchEvent(new Event("locked"));
}

/**
 * The message in an error body; a body that is not ours, such as a proxy's page, is ignored. A 413 of ours says what is
 * too large.
 */
async function errorOf(response) {
  const body = await response.json().catch(() => null);
  noticeLock(response.status, body?.error);
  const message = [403, 413].includes(response.status) && body?.error?.message;
  const text = message || errorMessage(response.status, body?.error?.message);
  const error = new ApiError(response.status, text, undefined, body?.checks, body?.error?.param);
  return Object.assign(error, { count: body?.error?.count });
}

export function errorMessage(status, serverMessage) {
  return strings.errors[status] ?? serverMessage ?? strings.unknownStatus(status);
}

export const photoPath = (id) => `/api/photos/${encodeURIComponent(id)}`;
