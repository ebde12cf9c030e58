/** What was proposed and nobody has decided yet, as the cards that the chat shows. */

import { get } from "../api.js";
import { ProposalCard } from "../chat/proposalCard.js";
import { h, setChildren } from "../dom.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { closeView, state } from "../urlState.js";

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
    Promise.all([get("/api/proposals"), named()])
      .then(([{ proposals: own }, one]) => {
        const proposals = [...one, ...own.filter(({ id }) => id !== one[0]?.id)];
        const elements = proposals.map((each) => new ProposalCard(each, each.photos.map(byId), actions).element);
        setChildren(cards, elements);
        section.hidden = !elements.length;
      })
      .catch(() => {});
  return section;
}

/** The proposal that the address names, which somebody else may have made; none if it is gone or decided. */
async function named() {
  if (!state.proposal) return [];
  const proposal = await get(`/api/proposals/${encodeURIComponent(state.proposal)}`).catch(() => null);
  return proposal && !proposal.accepted_by ? [proposal] : [];
}

const byId = (id) => ({ id, path: "" });
