/** Where a question is written: text, and an image that is chosen, pasted or dropped. */

import { button, h, icon, setChildren } from "../dom.js";
import { loaded } from "../lazyView.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";

const MAX_HEIGHT = 160; // pixels

export class Composer {
  #ask;
  #stop;
  #image = null;
  #isBusy = false;

  /** `ask({text, large, small})` sends a question, and resolves to false where it was not; `stop()` ends the answer in progress. */
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

  get isBusy() {
    return this.#isBusy;
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
    const read = await loaded(async () => {
      const { readImage } = await import("./imageAttachment.js");
      return readImage;
    });
    if (!read) return;
    try {
      this.#setImage(await read(file));
      this.input.focus();
    } catch (error) {
      toast(error.message);
    }
  }

  #setImage(image) {
    this.#image = image;
    const remove = button(strings.removeImage, {
      icon: "close",
      iconOnly: true,
      class: "borderless",
      onclick: () => this.#removeImage(),
    });
    setChildren(this.attachment, h("img", { src: image.small, alt: strings.imageAttached }), remove);
    this.attachment.hidden = false;
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

  async #submit(event) {
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
    if (!(await this.#ask({ text, ...image }))) this.#putBack(text, image);
  }

  /** What was not sent is there again, before what was written since. */
  #putBack(text, image) {
    this.input.value = [text, this.input.value].filter(Boolean).join("\n");
    this.#fitHeight();
    if (image && !this.#image) this.#setImage(image);
  }

  #fitHeight() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(MAX_HEIGHT, this.input.scrollHeight)}px`;
  }
}
