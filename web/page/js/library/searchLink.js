/** A link that searches the library for one thing; it is a real URL, so it can be opened in a new tab. */

import { h } from "../dom.js";
import { navigate, urlOf } from "../urlState.js";
import { filterLabel } from "./filterLabels.js";

/** `label` is what the link shows instead of the filter in words. */
export function searchLink(name, value, label = filterLabel(name, value)) {
  const next = { q: "", sort: "", filters: { [name]: [value] }, photo: "", view: "" };
  const follow = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(next);
  };
  // A name in another script keeps its own direction and does not turn what stands beside it.
  return h("a", { href: urlOf(next), onclick: follow }, h("bdi", {}, label));
}
