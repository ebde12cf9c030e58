/** The files that somebody chose, dropped or pasted, as `[{file, path}]`; those of a folder keep their path in it. */

import { state } from "../urlState.js";
import { isIgnored } from "./uploadRules.js";

const isVisible = (file) => !isIgnored(file);

/** Files chosen in a file dialog. */
export const filesFromInput = (input) =>
  [...input.files].filter(isVisible).map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** Images in the clipboard. */
export const imagesFromClipboard = ({ files }) =>
  [...files].filter(({ type }) => type.startsWith("image/")).map((file) => ({ file, path: file.name }));

/** The folder that files are added to: the one that is shown, or "" for the top. */
export const targetFolder = () => (state.filters.folder?.[0] ?? "").replace(/^\/+|\/+$/g, "");

/** The one table that lies beside the files, in none of their folders; undefined where there are several. */
export function tableAmong(files) {
  const tables = files.filter(({ path }) => /^[^/]+\.csv$/i.test(path));
  return tables.length === 1 ? tables[0] : undefined;
}

/** Everything in a drop, with the contents of its folders. */
export async function filesFromDrop(transfer) {
  // The entries must be read before the first await: the list is empty afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].filter(isVisible).map((file) => ({ file, path: file.name }));
  const files = [];
  for (const entry of entries) await collectFiles(entry, files);
  return files;
}

async function collectFiles(entry, files) {
  if (!isVisible(entry)) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    if (file) files.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader returns at most a hundred entries at a time.
    const batch = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!batch.length) return;
    for (const each of batch) await collectFiles(each, files);
  }
}
