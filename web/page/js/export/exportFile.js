/**
 * Saves an export as a file. The key goes with it as a header, so that a link, which has none, would not do.
 *
 * Where the browser lets a page write a file, a large one goes there part by part and memory stays small; else it is
 * gathered as a blob, which browsers keep on disk when it is large.
 */

import { download } from "../api.js";
import { h } from "../dom.js";
import { waitForExport } from "./largeExport.js";

const REVOKE_DELAY = 60_000; // milliseconds in which a browser has begun to save

/**
 * Fetch and save; resolves to the size in bytes. `request()` resolves to `{params}` or `{body}`, `onProgress(bytes)` is
 * called as parts arrive. An AbortError where it was cancelled.
 */
export async function saveExport({ name, isLarge, request, signal, onProgress }) {
  // The dialog has to be opened while the click still counts, before the server is asked.
  const file = isLarge && window.showSaveFilePicker && (await showSaveFilePicker({ suggestedName: name }));
  onProgress(0);
  try {
    const { params, body } = await request();
    const response = await download("/api/export", params, body, { signal });
    if (response.status === 202) {
      const { url, size } = await waitForExport(await response.json(), signal);
      await file?.remove?.(); // the browser saves what a link leads to by itself
      saveFrom(url, name);
      return size;
    }
    const counted = countBytes(response.body, onProgress);
    if (!file) await saveBlob(name, await new Response(counted.stream).blob());
    else await counted.stream.pipeTo(await file.createWritable(), { signal });
    return counted.bytes();
  } catch (error) {
    await file?.remove?.().catch(() => {}); // the dialog has made an empty file
    throw error;
  }
}

function countBytes(stream, onProgress) {
  let bytes = 0;
  const counter = new TransformStream({
    transform(part, controller) {
      bytes += part.byteLength;
      onProgress(bytes);
      controller.enqueue(part);
    },
  });
  return { stream: stream.pipeThrough(counter), bytes: () => bytes };
}

/** Give a file to the browser, to be saved. */
export function saveBlob(name, blob) {
  const url = URL.createObjectURL(blob);
  saveFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_DELAY);
}

function saveFrom(url, name) {
  h("a", { href: url, download: name }).click();
}
