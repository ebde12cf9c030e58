/** What the chat has proposed and nobody has decided yet, as the cards that the chat shows. */

import { get } from "../api.js";
import { ProposalCard } from "../chat/proposalCard.js";
import { h, setChildren } from "../dom.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { closeView } from "../urlState.js";

/** A section that fills itself, and is hidden while there is nothing; `open(id)` opens a photo. */
export function openProposals(open) {
  const cards = h("div", { class: "cards" });
  const section = h("section", { class: "open-proposals", hidden: true }, h("h3", {}, strings.openProposals), cards);
  const actions = {
    open: (id, photos) => open(id, photos),
    onSearch: () => closeView("view"),
    onDecided: () => {},
    onApplied: () => {},
  };
  if (may("editor"))
    get("/api/proposals")
      .then(({ proposals }) => {
        const elements = proposals.map((each) => new ProposalCard(each, each.photos.map(byId), actions).element);
        setChildren(cards, elements);
        section.hidden = !elements.length;
      })
      .catch(() => {});
  return section;
}

const byId = (id) => ({ id, path: "" });
