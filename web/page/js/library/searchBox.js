/**
 * The search box: results by keyword appear while typing, results by meaning once the typing pauses, and results in
 * the semantic ranker's order on Enter or a click.
 */

import { button, debounce, h } from "../dom.js";
import { strings } from "../strings.js";
import { navigate, state, urlChanges } from "../urlState.js";
import { pictureChooser } from "./pictureSearch.js";

const KEYWORD_DELAY = 60; // milliseconds without typing before a keyword search
const SEMANTIC_DELAY = 380; // and before a search by meaning, which asks the embedding model
const BY_KEYWORD = { mode: "keyword" };
const BY_MEANING = { ranker: false };

/** The form; `search(q, how)` is called for what is typed, and resolves to false where nothing matched. */
export function searchBox(search) {
  const input = h("input", {
    type: "search",
    id: "q",
    name: "q",
    dir: "auto",
    value: state.q,
    autocomplete: "off",
    spellcheck: false,
    enterKeyHint: "search",
    placeholder: strings.searchHint,
    "aria-label": strings.searchHint,
  });
  const keywordSearch = debounce(async () => {
    const text = input.value.trim();
    const matched = await search(text, BY_KEYWORD);
    // No keyword matches, but perhaps the meaning does.
    if (matched === false && text === input.value.trim()) semanticSearch.now();
  }, KEYWORD_DELAY);
  const semanticSearch = debounce((how = BY_MEANING) => {
    const q = input.value.trim();
    search(q, how);
    navigate({ q, photo: "", view: "" }, { replace: true });
  }, SEMANTIC_DELAY);
  const clear = () => {
    setValue("");
    keywordSearch.cancel();
    semanticSearch.now({});
    input.focus();
  };
  const clearButton = button(strings.clearSearch, {
    icon: "close",
    iconOnly: true,
    class: "borderless",
    onclick: clear,
  });
  const updateClearButton = () => {
    clearButton.hidden = !input.value;
  };
  const setValue = (value) => {
    input.value = value;
    updateClearButton();
  };
  input.addEventListener("input", () => {
    updateClearButton();
    if (input.value.trim()) keywordSearch();
    else keywordSearch.cancel();
    semanticSearch();
  });
  urlChanges.addEventListener("change", () => {
    if (document.activeElement !== input && input.value.trim() !== state.q) input.value = state.q;
    updateClearButton();
  });
  addEventListener("popstate", () => setValue(state.q));
  updateClearButton();
  const submit = (event) => {
    event.preventDefault();
    keywordSearch.cancel();
    semanticSearch.now({});
  };
  const searchButton = button(strings.search, {
    icon: "search",
    iconOnly: true,
    type: "submit",
    class: "borderless",
  });
  const parts = [searchButton, input, clearButton, ...pictureChooser(input)];
  return h("form", { role: "search", id: "search", onsubmit: submit }, parts);
}
