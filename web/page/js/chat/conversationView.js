/** A conversation as it is shown: its questions, and answers that grow. */

import { oncePerFrame, setChildren } from "../dom.js";
import { Conversation } from "./conversation.js";
import { AnswerElement, questionElement } from "./messageElements.js";

export class ConversationView {
  #actions;
  #conversation = new Conversation();

  /**
   * It is drawn into `log`. `actions` has `openPhoto(id, photos)`, `onApplied()`, `onSearch()`, `setBusy(isBusy)`, and
   * `welcome()`, which gives what a conversation shows before its first question.
   */
  constructor(log, actions) {
    this.log = log;
    this.#actions = actions;
  }

  get isBusy() {
    return this.#conversation.isBusy;
  }

  stop() {
    this.#conversation.stop();
  }

  /** Show a stored conversation. */
  open(stored) {
    this.#show(new Conversation(stored));
  }

  startNew() {
    this.#show(new Conversation());
  }

  #show(conversation) {
    this.stop();
    this.#conversation = conversation;
    this.#setIdle();
    const { turns } = conversation;
    if (!turns.length) {
      setChildren(this.log, this.#actions.welcome());
      return;
    }
    setChildren(
      this.log,
      turns.map((turn) => (turn.role === "user" ? questionElement(turn) : this.#answerElement(turn).element)),
    );
    this.#scrollToEnd();
  }

  // -- questions and answers ----------------------------------------------------------------

  async ask(question) {
    const { turns } = this.#conversation;
    if (!turns.length) setChildren(this.log);
    await this.#conversation.ask(question, (turn) => {
      this.log.append(questionElement(turns.at(-2)));
      return this.#startAnswer(turn);
    });
  }

  async #askAgain() {
    this.stop();
    this.log.lastElementChild?.remove();
    await this.#conversation.askAgain((turn) => this.#startAnswer(turn));
  }

  /** Show an answer that begins; returns the listener that draws it as it grows. */
  #startAnswer(turn) {
    const conversation = this.#conversation;
    const answer = this.#answerElement(turn);
    this.log.append(answer.element);
    this.log.setAttribute("aria-busy", "true"); // a screen reader waits for the whole answer
    this.#actions.setBusy(true);
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
    const { openPhoto, onApplied, onSearch } = this.#actions;
    const conversation = this.#conversation;
    return new AnswerElement(turn, {
      open: openPhoto,
      askAgain: () => this.#askAgain(),
      onSearch,
      onDecided: () => conversation.save(),
      onApplied,
    });
  }

  #setIdle() {
    this.#actions.setBusy(false);
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
}
