/** One question or answer of a conversation, drawn and redrawn while it grows. */

import { rendered } from "./answer.js";
import { button, fill, h, icon } from "./dom.js";
import { copy, thumbnails } from "./facts.js";
import { filterName } from "./filters.js";
import { FILTERS, go } from "./state.js";
import { words } from "./strings.js";

const STRIP = 12; // photos shown above an answer

export function questionElement(turn) {
  const picture = turn.small && h("img", { class: "attached", src: turn.small, alt: words.yourPicture });
  return h(
    "div",
    { class: "turn mine" },
    h("h3", { class: "unseen" }, words.you),
    picture,
    turn.text && h("p", {}, turn.text),
  );
}

export class AnswerElement {
  #turn;
  #acts;
  #drawn = "";
  #drawing = false;

  /** `acts` has `open(id, photos)`, `again()` and `searched()`. */
  constructor(turn, acts) {
    this.#turn = turn;
    this.#acts = acts;
    this.searches = h("ul", { class: "searches", "aria-label": words.searchedFor, hidden: true });
    this.strip = h("div", { class: "strip", hidden: true });
    this.text = h("div", { class: "text" });
    this.foot = h("div", { class: "foot" });
    this.element = h(
      "div",
      { class: "turn theirs" },
      h("h3", { class: "unseen" }, words.answer),
      this.searches,
      this.strip,
      this.text,
      this.foot,
    );
    if (turn.found) this.found();
    this.draw();
  }

  /** Photos have arrived: they stand there before the first word does. */
  found() {
    const { found, searches } = this.#turn;
    this.strip.hidden = !found.length;
    fill(
      this.strip,
      thumbnails(found.slice(0, STRIP), (id) => this.#acts.open(id, found)),
    );
    const chips = new Map((searches ?? []).map((search) => this.#chip(search)).filter(Boolean));
    this.searches.hidden = !chips.size;
    fill(this.searches, [...chips.values()]);
  }

  /** What was looked for, words and filters, to look at in the library. */
  #chip({ q = "", ...given }) {
    const filters = {};
    for (const [name, value] of Object.entries(given)) {
      const values = [value].flat().filter((each) => each !== null && each !== "");
      if (FILTERS[name] && values.length) filters[name] = values.map(String);
    }
    const names = Object.entries(filters).flatMap(([name, values]) => values.map((value) => filterName(name, value)));
    const label = [q, ...names].filter(Boolean).join(" · ");
    if (!label || label === this.#turn.asked) return null; // the question itself needs no repeating
    const look = () => {
      go({ q, filters, sort: "", photo: "", view: "" });
      this.#acts.searched();
    };
    const props = { type: "button", class: "chip", "aria-label": words.showInLibrary(label), onclick: look };
    return [label, h("li", {}, h("button", props, icon("search"), label))];
  }

  /** Draw what there is now; calls that come while one is at work are made up for afterwards. */
  async draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    const open = ({ id }) => this.#acts.open(id, this.#turn.found);
    while (this.#drawn !== this.#turn.text) {
      const { text, citations } = this.#turn;
      fill(this.text, await rendered(text, citations ?? [], open));
      this.#drawn = text;
    }
    this.#drawing = false;
    this.#status();
  }

  #status() {
    const { state, text, problem } = this.#turn;
    const busy = state === "busy";
    this.element.classList.toggle("busy", busy);
    if (busy) return fill(this.foot, !text && h("p", { class: "thinking" }, words.thinking));
    return fill(
      this.foot,
      state === "stopped" && h("p", { class: "note" }, words.stopped),
      state === "cut" && h("p", { class: "note" }, words.cut),
      problem && h("p", { class: "note bad", role: "alert" }, problem),
      text && button(words.copyAnswer, { icon: "copy", bare: true, class: "quiet", onclick: () => copy(text) }),
      button(words.again, { icon: "again", bare: true, class: "quiet again", onclick: () => this.#acts.again() }),
    );
  }
}
