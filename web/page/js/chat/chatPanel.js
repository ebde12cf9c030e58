/** The chat: beside the photos on a wide screen, over them on a small one. */

import { collections, shownCollection } from "../collections/collections.js";
import { button, h, oncePerFrame, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { urlChanges } from "../urlState.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { ConversationList } from "./conversationList.js";
import { AnswerElement, questionElement } from "./messageElements.js";

const WIDE = matchMedia("(min-width: 1080px)");
const CLOSED_KEY = "chat-closed"; // in localStorage

export class ChatPanel {
  #openPhoto;
  #onApplied;
  #conversation = new Conversation();
  #openButton = null;

  /** `openPhoto(id, photos)` is called for a photo that is chosen, `onApplied()` when a proposal has changed photos. */
  constructor({ openPhoto, onApplied }) {
    this.#openPhoto = openPhoto;
    this.#onApplied = onApplied;
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": strings.chat, tabIndex: 0 });
    this.composer = new Composer(
      (question) => this.ask(question),
      () => this.#conversation.stop(),
    );
    this.conversations = new ConversationList({
      open: (stored) => this.#show(new Conversation(stored)),
      onDeletedAll: () => this.#startNew(),
    });
    this.scope = h("p", { class: "chat-scope", hidden: true });
    this.element = h(
      "aside",
      { id: "chat", "aria-label": strings.chat, hidden: true, onkeydown: (event) => this.#onKey(event) },
      this.#header(),
      this.conversations.element,
      this.log,
      this.scope,
      this.composer.element,
    );
    WIDE.addEventListener("change", () => this.#updateOverlay());
    urlChanges.addEventListener("change", () => this.#drawScope());
    collections.addEventListener("loaded", () => this.#drawScope());
    this.#show(this.#conversation);
  }

  #header() {
    const iconButton = (label, icon, onclick) => button(label, { icon, iconOnly: true, class: "borderless", onclick });
    return h(
      "div",
      { class: "header" },
      h("h2", {}, strings.chat),
      iconButton(strings.newChat, "add", () => this.#startNew()),
      this.conversations.toggle,
      iconButton(strings.closeChat, "close", () => this.toggle(false)),
    );
  }

  /** The button that opens the chat shows whether it is open. */
  bindTo(openButton) {
    this.#openButton = openButton;
    openButton.setAttribute("aria-controls", "chat");
    if (WIDE.matches && !localStorage.getItem(CLOSED_KEY)) this.#setOpen(true);
  }

  toggle(open = this.element.hidden) {
    this.#setOpen(open);
    if (open) localStorage.removeItem(CLOSED_KEY);
    else localStorage.setItem(CLOSED_KEY, "1");
    (open ? this.composer.input : this.#openButton).focus();
  }

  /** The collection of whose photos alone it answers, while one is shown. */
  #drawScope() {
    const collection = shownCollection();
    this.scope.hidden = !collection;
    setChildren(this.scope, collection && strings.chatScope(collection.name));
  }

  #setOpen(open) {
    this.element.hidden = !open;
    this.#openButton.setAttribute("aria-expanded", String(open));
    this.#updateOverlay();
  }

  /** On a small screen the page behind the open chat is inert. */
  #updateOverlay() {
    const isOverlay = !this.element.hidden && !WIDE.matches;
    for (const id of ["library", "header"]) document.getElementById(id)?.toggleAttribute("inert", isOverlay);
    this.element.classList.toggle("overlay", isOverlay);
  }

  #onKey(event) {
    if (event.key !== "Escape") return;
    if (this.conversations.isOpen) this.conversations.show(false);
    else if (this.#conversation.isBusy) this.#conversation.stop();
    else this.toggle(false);
  }

  // -- questions and answers ----------------------------------------------------------------

  async ask(question) {
    this.conversations.show(false);
    const { turns } = this.#conversation;
    if (!turns.length) setChildren(this.log);
    await this.#conversation.ask(question, (turn) => {
      this.log.append(questionElement(turns.at(-2)));
      return this.#startAnswer(turn);
    });
  }

  async #askAgain() {
    this.#conversation.stop();
    this.log.lastElementChild?.remove();
    await this.#conversation.askAgain((turn) => this.#startAnswer(turn));
  }

  /** Show an answer that begins; returns the listener that draws it as it grows. */
  #startAnswer(turn) {
    const conversation = this.#conversation;
    const answer = this.#answerElement(turn);
    this.log.append(answer.element);
    this.log.setAttribute("aria-busy", "true"); // a screen reader waits for the whole answer
    this.composer.setBusy(true);
    this.#scrollToEnd();
    const draw = oncePerFrame(() => this.#keepEndInView(() => answer.draw()));
    return (change) => {
      if (change === "photos") this.#keepEndInView(() => answer.drawPhotos());
      draw();
      if (change !== "end" || conversation !== this.#conversation) return;
      this.#setIdle();
    };
  }

  #answerElement(turn) {
    const onSearch = () => !WIDE.matches && this.toggle(false);
    const conversation = this.#conversation;
    return new AnswerElement(turn, {
      open: this.#openPhoto,
      askAgain: () => this.#askAgain(),
      onSearch,
      onDecided: () => conversation.save(),
      onApplied: this.#onApplied,
    });
  }

  #setIdle() {
    this.composer.setBusy(false);
    this.log.removeAttribute("aria-busy");
  }

  /** Keep the end in view while it grows, unless somebody scrolled up to read. */
  async #keepEndInView(change) {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 60;
    await change();
    if (isAtEnd) this.#scrollToEnd();
  }

  #scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  // -- conversations ------------------------------------------------------------------------

  #show(conversation) {
    this.#conversation.stop();
    this.#conversation = conversation;
    this.#setIdle();
    const { turns } = conversation;
    if (!turns.length) {
      setChildren(this.log, this.#welcome());
      return;
    }
    setChildren(
      this.log,
      turns.map((turn) => (turn.role === "user" ? questionElement(turn) : this.#answerElement(turn).element)),
    );
    this.#scrollToEnd();
  }

  #startNew() {
    this.conversations.show(false);
    this.#show(new Conversation());
    this.composer.input.focus();
  }

  #welcome() {
    const examples = strings.examples.map((text) =>
      h("li", {}, button(text, { class: "example", onclick: () => this.ask({ text }) })),
    );
    return h(
      "div",
      { class: "welcome" },
      h("h3", {}, strings.welcome),
      h("p", {}, strings.welcomeHint),
      h("ul", {}, examples),
    );
  }
}
