/**
 * The chat: beside the photos on a wide screen, over them on a small one.
 *
 * This is its frame, where questions are written; the conversation in it is loaded when that is first used.
 */

import { collections, shownCollection } from "../collections/collections.js";
import { button, h, setChildren } from "../dom.js";
import { loaded } from "../lazyView.js";
import { strings } from "../strings.js";
import { urlChanges } from "../urlState.js";
import { Composer } from "./composer.js";
import { ConversationList } from "./conversationList.js";

const WIDE = matchMedia("(min-width: 1080px)");
const CLOSED_KEY = "chat-closed"; // in localStorage

export class ChatPanel {
  #actions;
  #shown = null; // the conversation, once it is loaded
  #loading = null;
  #openButton = null;

  /** `openPhoto(id, photos)` is called for a photo that is chosen, `onApplied()` when a proposal has changed photos. */
  constructor(actions) {
    this.#actions = actions;
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": strings.chat, tabIndex: 0 });
    this.composer = new Composer(
      (question) => this.ask(question),
      () => this.#shown?.stop(),
    );
    this.conversations = new ConversationList({
      open: async (stored) => (await this.#load())?.open(stored),
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
    setChildren(this.log, this.#welcome());
    const fetchConversation = () => import("./conversationView.js").catch(() => {}); // lest the first question waits
    this.element.addEventListener("focusin", fetchConversation, { once: true });
    WIDE.addEventListener("change", () => this.#updateOverlay());
    urlChanges.addEventListener("change", () => this.#drawScope());
    collections.addEventListener("loaded", () => this.#drawScope());
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
    else if (this.#shown?.isBusy) this.#shown.stop();
    else this.toggle(false);
  }

  // -- the conversation ---------------------------------------------------------------------

  /** Ask a question; resolves to false, and nothing has changed, where the conversation cannot be loaded. */
  async ask(question) {
    if (this.composer.isBusy) return false;
    this.composer.setBusy(true);
    const conversation = await this.#load();
    if (!conversation) {
      this.composer.setBusy(false);
      return false;
    }
    this.conversations.show(false);
    await conversation.ask(question);
    return true;
  }

  /** The conversation, or null where it cannot be loaded, which is said. */
  async #load() {
    this.#loading ??= loaded(async () => {
      const { ConversationView } = await import("./conversationView.js");
      return new ConversationView(this.log, {
        ...this.#actions,
        welcome: () => this.#welcome(),
        setBusy: (busy) => this.composer.setBusy(busy),
        onSearch: () => !WIDE.matches && this.toggle(false),
      });
    });
    this.#shown = await this.#loading;
    if (!this.#shown) this.#loading = null;
    return this.#shown;
  }

  #startNew() {
    this.conversations.show(false);
    this.#shown?.startNew();
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
