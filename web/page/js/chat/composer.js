/** Where a question is written: text, and an image that is chosen, pasted or dropped. */

import { button, h, icon, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { readImage } from "./imageAttachment.js";

const MAX_HEIGHT = 160; // pixels

export class Composer {
  #ask;
  #stop;
  #image = null;
  #isBusy = false;

  /** `ask({text, large, small})` sends a question, `stop()` ends the answer in progress. */
  constructor(ask, stop) {
    this.#ask = ask;
    this.#stop = stop;
    this.input = h("textarea", {
      rows: 1,
      dir: "auto",
      "aria-label": strings.question,
      placeholder: strings.questionHint,
      oninput: () => this.#fitHeight(),
      onkeydown: (event) => this.#onKey(event),
      onpaste: (event) => this.#onPaste(event),
    });
    const fileInput = h("input", {
      type: "file",
      accept: "image/*",
      hidden: true,
      onchange: () => this.#onChosen(fileInput),
    });
    this.attachment = h("div", { class: "attachment", hidden: true });
    this.submitButton = h("button", { type: "submit", class: "send" });
    this.element = h(
      "form",
      { class: "composer", onsubmit: (event) => this.#submit(event) },
      this.attachment,
      h(
        "div",
        { class: "row" },
        button(strings.attachImage, {
          icon: "image",
          iconOnly: true,
          class: "borderless",
          onclick: () => fileInput.click(),
        }),
        fileInput,
        this.input,
        this.submitButton,
      ),
    );
    this.setBusy(false);
  }

  /** While an answer is in progress the send button stops it. */
  setBusy(busy) {
    this.#isBusy = busy;
    const label = busy ? strings.stop : strings.send;
    setChildren(this.submitButton, icon(busy ? "stop" : "send"));
    this.submitButton.setAttribute("aria-label", label);
    this.submitButton.title = label;
  }

  async attach(file) {
    try {
      this.#image = await readImage(file);
      const remove = button(strings.removeImage, {
        icon: "close",
        iconOnly: true,
        class: "borderless",
        onclick: () => this.#removeImage(),
      });
      setChildren(this.attachment, h("img", { src: this.#image.small, alt: strings.imageAttached }), remove);
      this.attachment.hidden = false;
      this.input.focus();
    } catch (error) {
      toast(error.message);
    }
  }

  #removeImage() {
    this.#image = null;
    this.attachment.hidden = true;
    setChildren(this.attachment);
  }

  #onChosen(fileInput) {
    if (fileInput.files[0]) this.attach(fileInput.files[0]);
    fileInput.value = "";
  }

  #onPaste(event) {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    this.attach(file);
  }

  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.#isBusy) this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    if (this.#isBusy) {
      this.#stop();
      return;
    }
    const text = this.input.value.trim();
    if (!text && !this.#image) return;
    const image = this.#image;
    this.input.value = "";
    this.#removeImage();
    this.#fitHeight();
    this.#ask({ text, ...image });
  }

  #fitHeight() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(MAX_HEIGHT, this.input.scrollHeight)}px`;
  }
}
