/** The list of earlier conversations: to open, and to delete. */

import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { deleteAllConversations, deleteConversation, loadConversations } from "./conversationStore.js";

export class ConversationList {
  #open;
  #onDeletedAll;

  /** `open(conversation)` gets a stored conversation, `onDeletedAll()` is called when none is left. */
  constructor({ open, onDeletedAll }) {
    this.#open = open;
    this.#onDeletedAll = onDeletedAll;
    this.element = h("div", { class: "conversations", hidden: true });
    this.toggle = button(strings.previousConversations, {
      icon: "history",
      iconOnly: true,
      class: "borderless",
      "aria-expanded": "false",
      onclick: () => this.show(!this.isOpen),
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  show(open) {
    this.element.hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
    if (open) this.#draw();
  }

  #draw() {
    const rows = loadConversations().map((conversation) => this.#row(conversation));
    if (!rows.length) {
      setChildren(this.element, h("p", {}, strings.noConversations));
      return;
    }
    const deleteAll = () => {
      deleteAllConversations();
      this.#onDeletedAll();
    };
    setChildren(
      this.element,
      h("ul", {}, rows),
      h("p", {}, strings.conversationPrivacy),
      button(strings.deleteConversations, { icon: "trash", class: "danger", onclick: deleteAll }),
    );
  }

  #row(conversation) {
    const name = conversation.turns.find(({ role }) => role === "user")?.text || strings.imageOnly;
    const reopen = () => {
      this.show(false);
      this.#open(conversation);
    };
    const remove = () => {
      deleteConversation(conversation.id);
      this.#draw();
    };
    return h(
      "li",
      {},
      button(name, { class: "text-button", dir: "auto", onclick: reopen }),
      button(strings.deleteConversation(name), {
        icon: "trash",
        iconOnly: true,
        class: "borderless",
        onclick: remove,
      }),
    );
  }
}
