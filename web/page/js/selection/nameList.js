/** An input for several names: each becomes a chip with Enter or a comma, and goes with its cross or Backspace. */

import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";

export class NameList {
  #names = [];

  /** `suggestions` are names to choose from. */
  constructor(id, label, suggestions = []) {
    this.chips = h("ul", { class: "name-chips" });
    this.options = h("datalist", { id: `${id}-options` });
    this.input = h("input", { id, type: "text", autocomplete: "off", dir: "auto", list: this.options.id });
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.input.addEventListener("change", () => this.#take());
    this.suggest(suggestions);
    const labelled = h("label", { htmlFor: id }, label);
    this.element = h("div", { class: "form-row" }, labelled, this.chips, this.input, this.options);
  }

  suggest(suggestions) {
    setChildren(
      this.options,
      suggestions.map((value) => h("option", { value })),
    );
  }

  /** All names, also what is still in the input. */
  get names() {
    this.#take();
    return [...this.#names];
  }

  #onKey(event) {
    const isEnd = event.key === "," || (event.key === "Enter" && this.input.value.trim());
    if (isEnd) {
      event.preventDefault();
      this.#take();
    } else if (event.key === "Backspace" && !this.input.value) {
      this.#names.pop();
      this.#draw();
    }
  }

  #take() {
    const names = this.input.value.split(",").map((each) => each.trim());
    this.#names = [...new Set([...this.#names, ...names.filter(Boolean)])];
    this.input.value = "";
    this.#draw();
  }

  #draw() {
    const remove = (name) => {
      this.#names = this.#names.filter((each) => each !== name);
      this.#draw();
      this.input.focus();
    };
    setChildren(
      this.chips,
      this.#names.map((name) => {
        const props = { icon: "close", iconOnly: true, class: "borderless", onclick: () => remove(name) };
        return h("li", { class: "chip" }, h("bdi", {}, name), button(strings.removeName(name), props));
      }),
    );
  }
}
