/** Files and folders dropped or pasted anywhere: into the library, or into the question when dropped on the chat. */

import { h, icon } from "../dom.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { filesFromDrop, imagesFromClipboard, targetFolder } from "./selectedFiles.js";

export class DropTarget {
  #uploads;
  #chat;
  #depth = 0; // enter and leave events come in pairs, also for nested elements

  constructor(uploads, chat) {
    this.#uploads = uploads;
    this.#chat = chat;
    this.overlay = h("div", { id: "drop-overlay", role: "status", hidden: true }, icon("upload"), h("p", {}));
    document.body.append(this.overlay);
    addEventListener("dragenter", (event) => this.#onEnter(event));
    addEventListener("dragover", (event) => this.#onOver(event));
    addEventListener("dragleave", () => this.#onLeave());
    addEventListener("drop", (event) => this.#onDrop(event));
    addEventListener("paste", (event) => this.#onPaste(event));
  }

  #onEnter(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth += 1;
    this.overlay.hidden = false;
  }

  #onOver(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const folder = targetFolder();
    const words = folder ? strings.dropIntoFolder(folder) : strings.dropPhotos;
    this.overlay.lastElementChild.textContent = this.#isOnChat(event) ? strings.dropOnQuestion : words;
  }

  #isOnChat(event) {
    return this.#chat.element.contains(event.target);
  }

  #onLeave() {
    this.#depth = Math.max(0, this.#depth - 1);
    this.overlay.hidden = this.#depth === 0;
  }

  async #onDrop(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth = 0;
    this.overlay.hidden = true;
    const [file] = event.dataTransfer.files;
    if (this.#isOnChat(event) && file?.type.startsWith("image/")) await this.#chat.composer.attach(file);
    else if (!may("contributor")) toast(strings.readOnly);
    else this.#uploads.add(await filesFromDrop(event.dataTransfer));
  }

  #onPaste(event) {
    if (event.defaultPrevented || event.target.closest?.("input, textarea")) return;
    const files = imagesFromClipboard(event.clipboardData);
    if (files.length && !may("contributor")) toast(strings.readOnly);
    else if (files.length) this.#uploads.add(files);
  }
}

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
