/** The search box: results appear while typing, by words at once and by meaning when the typing pauses. */

import { button, h, icon, settled } from "./dom.js";
import { changed, go, state } from "./state.js";
import { words } from "./strings.js";

const TYPING = 60; // milliseconds of quiet before a search by words
const PAUSE = 380; // and before a search by meaning, which asks the embedding model

/** The form; `search(q, mode)` is called for what is typed, and resolves to false where nothing matched. */
export function searchBox(search) {
  const input = h("input", {
    type: "search",
    id: "q",
    name: "q",
    value: state.q,
    autocomplete: "off",
    spellcheck: false,
    enterKeyHint: "search",
    placeholder: words.searchHint,
    "aria-label": words.searchHint,
  });
  const quick = settled(async () => {
    const typed = input.value.trim();
    const matched = await search(typed, "keyword");
    if (matched === false && typed === input.value.trim()) full.now(); // no word matches: perhaps the meaning does
  }, TYPING);
  const full = settled(() => {
    go({ q: input.value.trim(), photo: "", view: "" }, { replace: true });
    search(input.value.trim());
  }, PAUSE);
  const clear = button(words.clearSearch, { icon: "close", bare: true, class: "quiet", onclick: () => wipe() });
  const tidy = () => (clear.hidden = !input.value);
  const wipe = () => {
    input.value = "";
    tidy();
    quick.cancel();
    full.now();
    input.focus();
  };
  input.addEventListener("input", () => {
    tidy();
    if (input.value.trim()) quick();
    else quick.cancel();
    full();
  });
  changed.addEventListener("change", () => {
    if (document.activeElement !== input && input.value.trim() !== state.q) input.value = state.q;
    tidy();
  });
  addEventListener("popstate", () => ((input.value = state.q), tidy()));
  tidy();
  const submit = (event) => {
    event.preventDefault();
    quick.cancel();
    full.now();
  };
  return h("form", { role: "search", id: "search", onsubmit: submit }, icon("search"), input, clear);
}
