/**
 * What the chat proposes to write, as a card to look at: nothing is done before somebody presses Apply.
 *
 * What has become of it stays with the proposal, as `outcome`: `state` (applied, dismissed or gone), `changed`, `stale`
 * and `errors`, all counted, and of a collection `collection`, its id.
 */

import { post, remove } from "../api.js";
import { collections } from "../collections/collections.js";
import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { thumbnailButtons } from "../thumbnails.js";
import { navigate } from "../urlState.js";
import { proposedChanges } from "./proposedChanges.js";

const MAX_THUMBNAILS = 12;

let cards = 0;

export class ProposalCard {
  #proposal;
  #photos;
  #actions;

  /** `photos` are those of the answer; `actions` has `open(id, photos)`, `onSearch()`, `onDecided()`, `onApplied()`. */
  constructor(proposal, photos, actions) {
    this.#proposal = proposal;
    this.#photos = photos;
    this.#actions = actions;
    const id = `proposal-${++cards}`;
    this.decision = h("div", { class: "decision" });
    this.result = h("div", { class: "result", role: "status" });
    this.element = h(
      "section",
      { class: "proposal", "aria-labelledby": id },
      h("h4", { id }, this.#title()),
      this.#content(),
      this.decision,
      this.result,
    );
    this.#draw();
  }

  #title() {
    const { kind, name, photos, changes } = this.#proposal;
    if (kind === "collection") return strings.proposedCollection(name, photos.length);
    return strings.proposedEdit(new Set(changes.map(({ photo }) => photo)).size);
  }

  #content() {
    const { kind, changes, description } = this.#proposal;
    if (kind === "edit") return proposedChanges(changes, (id) => this.#actions.open(id));
    const ids = this.#proposal.photos;
    const photos = ids.map((id) => this.#photos.find((each) => each.id === id)).filter(Boolean);
    const thumbnails = thumbnailButtons(photos.slice(0, MAX_THUMBNAILS), (id) => this.#actions.open(id, photos));
    return [description && h("p", { dir: "auto" }, description), h("div", { class: "thumbnails" }, thumbnails)];
  }

  #draw() {
    const { outcome } = this.#proposal;
    this.decision.hidden = Boolean(outcome);
    if (outcome) {
      setChildren(this.decision);
      setChildren(
        this.result,
        outcomeParts(this.#proposal, () => this.#showCollection()),
      );
      return;
    }
    const apply = button(strings.apply, {
      icon: "check",
      class: "primary needs-editor",
      onclick: () => this.#accept(),
    });
    const dismiss = button(strings.dismiss, { class: "needs-editor", onclick: () => this.#dismiss() });
    setChildren(this.decision, apply, dismiss);
  }

  async #accept() {
    await this.#decide(async () => {
      const { changed, stale, errors, collection } = await post(`${this.#path}/accept`);
      if (collection) collections.reload();
      this.#actions.onApplied();
      return { state: "applied", changed, stale: countPhotos(stale), errors: errors.length, collection };
    });
  }

  async #dismiss() {
    await this.#decide(async () => {
      await remove(this.#path);
      return { state: "dismissed" };
    });
  }

  get #path() {
    return `/api/proposals/${encodeURIComponent(this.#proposal.id)}`;
  }

  /** Say what came of it; what can be tried again keeps its buttons. */
  async #decide(action) {
    for (const each of this.decision.children) each.disabled = true;
    setChildren(this.result, h("p", {}, strings.applying));
    try {
      this.#proposal.outcome = await action();
    } catch (error) {
      const isOver = error.status === 404 || (error.status === 409 && error.param === "id");
      if (!isOver) {
        this.#draw();
        setChildren(this.result, h("p", { class: "note error" }, error.message));
        this.decision.querySelector("button").focus();
        return;
      }
      this.#proposal.outcome = { state: error.status === 404 ? "gone" : "decided" };
    }
    this.#draw();
    this.result.tabIndex = -1;
    this.result.focus(); // the button that had the focus is gone
    this.#actions.onDecided();
  }

  #showCollection() {
    const filters = { collection: [this.#proposal.outcome.collection] };
    navigate({ q: "", filters, sort: "", photo: "", view: "" });
    this.#actions.onSearch();
  }
}

const countPhotos = (changes) => new Set(changes.map(({ photo }) => photo)).size;

/** What has become of a proposal, in words. */
function outcomeParts({ outcome, name }, showCollection) {
  const { state, changed, stale, errors, collection } = outcome;
  if (state !== "applied") return h("p", {}, strings.proposalOutcomes[state]);
  if (collection) {
    const show = button(strings.showCollection, { class: "text-button", onclick: showCollection });
    return [h("p", {}, strings.collectionMade(name)), show];
  }
  return [
    h("p", {}, strings.applied(changed)),
    stale > 0 && h("p", { class: "note" }, strings.changedMeanwhile(stale)),
    errors > 0 && h("p", { class: "note error" }, strings.notApplied(errors)),
  ];
}
