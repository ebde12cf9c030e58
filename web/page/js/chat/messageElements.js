/** One question or answer of a conversation, drawn and redrawn while it grows. */

import { copyText } from "../clipboard.js";
import { button, h, icon, setChildren } from "../dom.js";
import { feedbackButtons } from "../feedback.js";
import { filterLabel } from "../library/filterLabels.js";
import { strings } from "../strings.js";
import { thumbnailButtons } from "../thumbnails.js";
import { FILTERS, navigate } from "../urlState.js";
import { loadLibraries, renderAnswer } from "./answerMarkdown.js";
import { ProposalCard } from "./proposalCard.js";

const MAX_THUMBNAILS = 12; // photos shown above an answer
const MAX_JUDGED = 50; // photos, and characters of a question, that go with a verdict
const MAX_QUESTION = 2000;

export function questionElement(turn) {
  const image = turn.small && h("img", { class: "question-image", src: turn.small, alt: strings.yourImage });
  return h(
    "div",
    { class: "message question" },
    h("h3", { class: "visually-hidden" }, strings.you),
    image,
    turn.text && h("p", { dir: "auto" }, turn.text),
  );
}

export class AnswerElement {
  #turn;
  #actions;
  #drawnText = "";
  #isDrawing = false;

  /** `actions` has `open(id, photos)`, `askAgain()`, `onSearch()`, and `onDecided()` and `onApplied()` of proposals. */
  constructor(turn, actions) {
    this.#turn = turn;
    this.#actions = actions;
    this.searches = h("ul", { class: "searches", "aria-label": strings.searchedFor, hidden: true });
    this.thumbnails = h("div", { class: "thumbnails", hidden: true });
    this.text = h("div", { class: "text" });
    this.proposals = h("div", { class: "proposals", hidden: true });
    this.footer = h("div", { class: "footer" });
    this.element = h(
      "div",
      { class: "message answer" },
      h("h3", { class: "visually-hidden" }, strings.answer),
      this.searches,
      this.thumbnails,
      this.text,
      this.proposals,
      this.footer,
    );
    loadLibraries();
    if (turn.found) this.drawPhotos();
    this.draw();
  }

  /** The photos and searches of the answer, which arrive before its first word. */
  drawPhotos() {
    const { found: photos, searches } = this.#turn;
    this.thumbnails.hidden = !photos.length;
    setChildren(
      this.thumbnails,
      thumbnailButtons(photos.slice(0, MAX_THUMBNAILS), (id) => this.#actions.open(id, photos)),
    );
    const chips = new Map((searches ?? []).map((search) => this.#searchChip(search)).filter(Boolean));
    this.searches.hidden = !chips.size;
    setChildren(this.searches, [...chips.values()]);
  }

  /** The label of a search and its chip, which shows the search in the library. */
  #searchChip({ q = "", ...parameters }) {
    const filters = {};
    for (const [name, value] of Object.entries(parameters)) {
      const values = [value].flat().filter((each) => each !== null && each !== "");
      if (FILTERS[name] && values.length) filters[name] = values.map(String);
    }
    const labels = Object.entries(filters).flatMap(([name, values]) => values.map((value) => filterLabel(name, value)));
    const label = [q, ...labels].filter(Boolean).join(" · ");
    if (!label || label === this.#turn.asked) return null; // the question itself needs no repeating
    const showSearch = () => {
      navigate({ q, filters, sort: "", photo: "", view: "" });
      this.#actions.onSearch();
    };
    const props = { type: "button", class: "chip", "aria-label": strings.showInLibrary(label), onclick: showSearch };
    return [label, h("li", {}, h("button", props, icon("search"), h("bdi", {}, label)))];
  }

  /** Draw the text there is now; a call while another one runs is covered by that one. */
  async draw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    const open = ({ id }) => this.#actions.open(id, this.#turn.found);
    while (this.#drawnText !== this.#turn.text) {
      const { text, citations } = this.#turn;
      setChildren(this.text, await renderAnswer(text, citations ?? [], open));
      this.#drawnText = text;
    }
    this.#isDrawing = false;
    this.#drawFooter();
  }

  #drawFooter() {
    const { state, text, problem } = this.#turn;
    if (state === "busy") {
      setChildren(this.footer, !text && h("p", { class: "thinking" }, strings.thinking));
      return;
    }
    this.#drawProposals();
    setChildren(
      this.footer,
      state === "stopped" && h("p", { class: "note" }, strings.stopped),
      state === "cut" && h("p", { class: "note" }, strings.truncated),
      problem && h("p", { class: "note error", role: "alert" }, problem),
      text && this.#iconButton(strings.copyAnswer, "copy", () => copyText(text)),
      this.#iconButton(strings.askAgain, "retry", () => this.#actions.askAgain()),
      text && state === "done" && this.#feedback(),
    );
  }

  /** What the answer proposes, once it is whole; a card that is there stays, as somebody may be reading it. */
  #drawProposals() {
    const proposals = this.#turn.proposals ?? [];
    if (this.proposals.childElementCount === proposals.length) return;
    this.proposals.hidden = !proposals.length;
    setChildren(
      this.proposals,
      proposals.map((proposal) => new ProposalCard(proposal, this.#turn.found ?? [], this.#actions).element),
    );
  }

  #feedback() {
    const turn = this.#turn;
    const photos = [...new Set((turn.citations ?? []).map(({ id }) => id))].slice(0, MAX_JUDGED);
    const subject = { about: "answer", photos, question: (turn.asked ?? "").slice(0, MAX_QUESTION) };
    const onVerdict = (verdict) => Object.assign(turn, { verdict });
    return feedbackButtons(strings.isAnswerRight, subject, { verdict: turn.verdict, onVerdict });
  }

  #iconButton(label, icon, onclick) {
    return button(label, { icon, iconOnly: true, class: "borderless", onclick });
  }
}
