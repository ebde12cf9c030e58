/** Files and folders dropped anywhere: into the library, or into the question when dropped on it. */

import { h, icon } from "./dom.js";
import { words } from "./strings.js";

export class Drop {
  #uploads;
  #chat;
  #depth = 0;

  constructor(uploads, chat) {
    this.#uploads = uploads;
    this.#chat = chat;
    this.veil = h("div", { id: "veil", hidden: true }, icon("upload"), h("p", {}));
    document.body.append(this.veil);
    addEventListener("dragenter", (event) => this.#entered(event));
    addEventListener("dragover", (event) => this.#over(event));
    addEventListener("dragleave", () => this.#left());
    addEventListener("drop", (event) => this.#dropped(event));
    addEventListener("paste", (event) => this.#pasted(event));
  }

  #entered(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth += 1;
    this.veil.hidden = false;
  }

  #over(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.veil.lastElementChild.textContent = this.#onChat(event) ? words.dropQuestion : words.drop;
    this.veil.classList.toggle("question", this.#onChat(event));
  }

  #onChat(event) {
    return this.#chat.element.contains(event.target);
  }

  #left() {
    this.#depth = Math.max(0, this.#depth - 1);
    this.veil.hidden = this.#depth === 0;
  }

  async #dropped(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth = 0;
    this.veil.hidden = true;
    const [file] = event.dataTransfer.files;
    if (this.#onChat(event) && file?.type.startsWith("image/")) return this.#chat.composer.attach(file);
    return this.#uploads.add(await fromTransfer(event.dataTransfer));
  }

  #pasted(event) {
    if (event.defaultPrevented || event.target.closest?.("input, textarea")) return;
    const files = [...event.clipboardData.files].filter(({ type }) => type.startsWith("image/"));
    if (files.length) this.#uploads.add(files.map((file) => ({ file, path: file.name })));
  }
}

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

/** Files chosen in a dialog; those of a folder keep their place in it. */
export const fromInput = (input) =>
  [...input.files].filter(visible).map((file) => ({ file, path: file.webkitRelativePath || file.name }));

const visible = ({ name }) => !name.startsWith(".") && name !== "Thumbs.db" && name !== "desktop.ini";

/** Everything in a drop, folders walked through to the end. */
async function fromTransfer(transfer) {
  // The entries must be asked for before the first pause: the list is empty afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (!visible(entry)) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    if (file) found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives at most a hundred entries at a time.
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return;
    for (const each of some) await walk(each, found);
  }
}
