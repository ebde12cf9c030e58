/** The chat: beside the photos on a wide screen, over them on a small one. */

import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { button, fill, framed, h } from "./dom.js";
import { words } from "./strings.js";
import { all, erase, eraseAll } from "./talks.js";
import { AnswerElement, questionElement } from "./turn.js";

const WIDE = matchMedia("(min-width: 1080px)");
const CLOSED = "chat-closed";

export class Chat {
  #openPhoto;
  #conversation = new Conversation();
  #opener = null;

  constructor({ openPhoto }) {
    this.#openPhoto = openPhoto;
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": words.chat, tabIndex: 0 });
    this.composer = new Composer(
      (question) => this.ask(question),
      () => this.#conversation.stop(),
    );
    this.earlier = h("div", { class: "earlier", hidden: true });
    this.element = h(
      "aside",
      { id: "chat", "aria-label": words.chat, hidden: true, onkeydown: (event) => this.#key(event) },
      this.#head(),
      this.earlier,
      this.log,
      this.composer.element,
    );
    WIDE.addEventListener("change", () => this.#fit());
    this.#begin(this.#conversation);
  }

  #head() {
    this.past = button(words.earlier, { icon: "history", bare: true, class: "quiet", "aria-expanded": "false" });
    this.past.addEventListener("click", () => this.#showEarlier(this.earlier.hidden));
    return h(
      "div",
      { class: "head" },
      h("h2", {}, words.chat),
      button(words.newChat, { icon: "add", bare: true, class: "quiet", onclick: () => this.#fresh() }),
      this.past,
      button(words.closeChat, { icon: "close", bare: true, class: "quiet", onclick: () => this.toggle(false) }),
    );
  }

  /** The button that opens it tells whether it is open. */
  boundTo(opener) {
    this.#opener = opener;
    opener.setAttribute("aria-controls", "chat");
    if (WIDE.matches && !localStorage.getItem(CLOSED)) this.#show(true);
  }

  toggle(open = this.element.hidden) {
    this.#show(open);
    if (open) localStorage.removeItem(CLOSED);
    else localStorage.setItem(CLOSED, "1");
    (open ? this.composer.input : this.#opener).focus();
  }

  #show(open) {
    this.element.hidden = !open;
    this.#opener.setAttribute("aria-expanded", String(open));
    this.#fit();
  }

  /** On a small screen what lies behind is out of reach while the chat is open. */
  #fit() {
    const over = !this.element.hidden && !WIDE.matches;
    for (const id of ["library", "top"]) document.getElementById(id)?.toggleAttribute("inert", over);
    this.element.classList.toggle("over", over);
  }

  #key(event) {
    if (event.key !== "Escape") return;
    if (!this.earlier.hidden) this.#showEarlier(false);
    else if (this.#conversation.busy) this.#conversation.stop();
    else this.toggle(false);
  }

  // -- talking ------------------------------------------------------------------------------

  async ask(question) {
    this.#showEarlier(false);
    if (!this.#conversation.turns.length) fill(this.log);
    const { turns } = this.#conversation;
    const answering = this.#conversation.ask(question, (turn) => {
      this.log.append(questionElement(turns.at(-2)));
      return this.#answer(turn);
    });
    await answering;
  }

  async #again() {
    this.#conversation.stop();
    this.log.lastElementChild?.remove();
    await this.#conversation.again((turn) => this.#answer(turn));
  }

  /** Show an answer that begins; gives the function that is told how it grows. */
  #answer(turn) {
    const conversation = this.#conversation;
    const element = this.#element(turn);
    this.log.append(element.element);
    this.log.setAttribute("aria-busy", "true"); // a screen reader waits for the whole answer
    this.composer.busy(true);
    this.#end();
    const draw = framed(() => this.#following(() => element.draw()));
    return (what) => {
      if (what === "found") this.#following(() => element.found());
      draw();
      if (what !== "end" || conversation !== this.#conversation) return;
      this.composer.busy(false);
      this.log.removeAttribute("aria-busy");
    };
  }

  #element(turn) {
    const searched = () => !WIDE.matches && this.toggle(false);
    return new AnswerElement(turn, { open: this.#openPhoto, again: () => this.#again(), searched });
  }

  /** Keep the end in view while it grows, unless somebody scrolled up to read. */
  async #following(change) {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const atEnd = scrollHeight - scrollTop - clientHeight < 60;
    await change();
    if (atEnd) this.#end();
  }

  #end() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  // -- conversations ------------------------------------------------------------------------

  #begin(conversation) {
    this.#conversation.stop();
    this.#conversation = conversation;
    this.composer.busy(false);
    this.log.removeAttribute("aria-busy");
    const { turns } = conversation;
    if (!turns.length) return fill(this.log, this.#welcome());
    fill(
      this.log,
      turns.map((turn) => (turn.role === "user" ? questionElement(turn) : this.#element(turn).element)),
    );
    return this.#end();
  }

  #welcome() {
    const examples = words.examples.map((text) =>
      h("li", {}, button(text, { class: "example", onclick: () => this.ask({ text }) })),
    );
    return h(
      "div",
      { class: "welcome" },
      h("h3", {}, words.welcome),
      h("p", {}, words.welcomeHint),
      h("ul", {}, examples),
    );
  }

  #fresh() {
    this.#showEarlier(false);
    this.#begin(new Conversation());
    this.composer.input.focus();
  }

  #showEarlier(open) {
    this.earlier.hidden = !open;
    this.past.setAttribute("aria-expanded", String(open));
    if (open) this.#listEarlier();
  }

  #listEarlier() {
    const talks = all();
    const rows = talks.map((talk) => {
      const first = talk.turns.find(({ role }) => role === "user");
      const name = first?.text || words.untitled;
      const reopen = () => (this.#showEarlier(false), this.#begin(new Conversation(talk)));
      const wipe = () => (erase(talk.id), this.#listEarlier());
      return h(
        "li",
        {},
        button(name, { class: "plain", onclick: reopen }),
        button(words.eraseChat(name), { icon: "trash", bare: true, class: "quiet", onclick: wipe }),
      );
    });
    const wipeAll = () => (eraseAll(), this.#fresh());
    fill(
      this.earlier,
      rows.length
        ? [
            h("ul", {}, rows),
            h("p", {}, words.privacy),
            button(words.eraseAll, { icon: "trash", class: "danger", onclick: wipeAll }),
          ]
        : h("p", {}, words.noEarlier),
    );
  }
}
