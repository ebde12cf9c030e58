/** Where a question is written: text, and a picture chosen, pasted or dropped. */

import { button, fill, h, icon } from "./dom.js";
import { readPicture } from "./picture.js";
import { words } from "./strings.js";
import { toast } from "./toast.js";

export class Composer {
  #ask;
  #stop;
  #picture = null;

  /** `ask({text, large, small})` sends a question, `stop()` ends the answer under way. */
  constructor(ask, stop) {
    this.#ask = ask;
    this.#stop = stop;
    this.input = h("textarea", {
      rows: 1,
      "aria-label": words.question,
      placeholder: words.questionHint,
      oninput: () => this.#grow(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#pasted(event),
    });
    const file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => this.#chosen(file) });
    this.shown = h("div", { class: "attachment", hidden: true });
    this.action = h("button", { type: "submit", class: "send" });
    this.element = h(
      "form",
      { class: "composer", onsubmit: (event) => this.#submit(event) },
      this.shown,
      h(
        "div",
        { class: "line" },
        button(words.attach, { icon: "picture", bare: true, class: "quiet", onclick: () => file.click() }),
        file,
        this.input,
        this.action,
      ),
    );
    this.busy(false);
  }

  /** While an answer comes the button stops it. */
  busy(busy) {
    this.isBusy = busy;
    fill(this.action, icon(busy ? "stop" : "send"));
    this.action.setAttribute("aria-label", busy ? words.stop : words.send);
    this.action.title = busy ? words.stop : words.send;
  }

  async attach(file) {
    try {
      this.#picture = await readPicture(file);
      const off = button(words.detach, { icon: "close", bare: true, class: "quiet", onclick: () => this.#detach() });
      fill(this.shown, h("img", { src: this.#picture.small, alt: words.attached }), off);
      this.shown.hidden = false;
      this.input.focus();
    } catch (error) {
      toast(error.message);
    }
  }

  #detach() {
    this.#picture = null;
    this.shown.hidden = true;
    fill(this.shown);
  }

  #chosen(file) {
    if (file.files[0]) this.attach(file.files[0]);
    file.value = "";
  }

  #pasted(event) {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    this.attach(file);
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.isBusy) this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    if (this.isBusy) return this.#stop();
    const text = this.input.value.trim();
    if (!text && !this.#picture) return undefined;
    const picture = this.#picture;
    this.input.value = "";
    this.#detach();
    this.#grow();
    return this.#ask({ text, ...picture });
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(160, this.input.scrollHeight)}px`;
  }
}
