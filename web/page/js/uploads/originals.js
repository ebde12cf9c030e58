/** Files under their paths in storage: what is there, sending without replacing anything unseen, deleting. */

import { ApiError, errorMessage, get, noticeLock, remove } from "../api.js";
import { basePath } from "../basePath.js";
import { keyHeaders } from "../functionKey.js";
import { strings } from "../strings.js";

const PRECONDITION_FAILED = 412;
const MAX_NAMES = 40; // names to try for one file
const MAX_IN_SEQUENCE = 20; // from then on numbers are random: a phone calls every photo `image.jpg`

const escapePath = (path) => path.split("/").map(encodeURIComponent).join("/");
const originalPath = (path) => `/api/originals/${escapePath(path)}`;

/** The file at a path: `{id, path, size_bytes, etag, digest}`; null where there is none. */
export async function findOriginal(path, params) {
  return get(originalPath(path), { ...params, optional: true });
}

/** Delete a file as it was seen; one that is gone already is fine. */
export async function deleteOriginal(path, etag, options) {
  try {
    await remove(originalPath(path), { ...options, headers: { "If-Match": etag } });
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}

/**
 * Send a file under its path or, where another file has it, under the next free name.
 * Resolves to `{path, stored}`, or `{path, isDuplicate}` where the same bytes are there already;
 * `conflict` is the file that has the path, if there is one.
 */
export async function sendUnderFreeName(file, wanted, onProgress) {
  let conflict = null;
  for (let tries = 1; tries <= MAX_NAMES; tries += 1) {
    const path = numbered(wanted, tries > MAX_IN_SEQUENCE ? randomNumber() : tries);
    const { existing, ...outcome } = await sendIfFree(file, path, onProgress);
    if (!existing) return { path, conflict, ...outcome };
    conflict ??= existing;
  }
  throw new ApiError(0, strings.noFreeName);
}

/** `image.jpg`, `image (2).jpg`, and so on. */
function numbered(path, number) {
  return number === 1 ? path : path.replace(/(\.[^./]*)?$/, ` (${number})$1`);
}

const randomNumber = () => Math.floor(100_000 + 900_000 * Math.random());

async function sendIfFree(file, path, onProgress) {
  const existing = await findOriginal(path);
  if (existing && existing.size_bytes !== file.size) return { existing };
  // Without a secure context the browser has no digests: the file is sent, and storage compares.
  if (existing && crypto.subtle) return (await isSame(file, path)) ? { isDuplicate: true } : { existing };
  try {
    return { stored: await send(file, path, { onProgress }) };
  } catch (error) {
    if (error.code === "same_bytes") return { isDuplicate: true };
    if (error.status !== PRECONDITION_FAILED) throw error;
    return { existing: (await findOriginal(path)) ?? { path, etag: null } }; // somebody was faster
  }
}

async function isSame(file, path) {
  const [digest, original] = await Promise.all([digestOf(file), findOriginal(path, { digest: true })]);
  return digest === original?.digest;
}

async function digestOf(file) {
  try {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    throw new ApiError(0, strings.unreadable);
  }
}

/** Send a file to a path: to replace the version with this etag or, without one, if nothing is there. */
export function send(file, path, { etag, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${basePath}/api/photos/${escapePath(path)}`);
    const condition = etag ? { "If-Match": etag } : { "If-None-Match": "*" };
    for (const [name, value] of Object.entries({ ...keyHeaders(), ...condition }))
      request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(Math.floor((100 * loaded) / total));
    request.onload = () => {
      const { status, response } = request;
      if (status < 300) return resolve(response);
      noticeLock(status, response?.error);
      reject(new ApiError(status, errorMessage(status, response?.error?.message), response?.error?.code));
    };
    request.onerror = () => reject(new ApiError(0, strings.connectionLost));
    request.send(file);
  });
}
