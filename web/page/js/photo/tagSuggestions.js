/** Tags that the library agrees on, offered for the line that is being written in a list of tags. */

import { get } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";

const SHOWN = 8;
let terms; // a promise of them, until the page is left

/** A row of buttons below a textarea with a tag on each line; each puts its tag in place of what is typed there. */
export function tagSuggestions(input) {
  const element = h("div", {
    class: "tag-suggestions",
    role: "group",
    "aria-label": strings.suggestions,
    hidden: true,
  });
  const draw = async () => {
    const tags = fitting(await agreedTerms(), input);
    element.hidden = !tags.length;
    setChildren(
      element,
      tags.map((tag) => button(tag, { class: "chip", dir: "auto", onclick: () => take(tag) })),
    );
  };
  const take = (tag) => {
    const { start, end } = lineOf(input);
    input.setRangeText(tag, start, end, "end");
    input.focus();
    draw();
  };
  for (const event of ["focus", "input", "keyup", "click"]) input.addEventListener(event, draw);
  return element;
}

/** The vocabulary; without one there is nothing to suggest. */
async function agreedTerms() {
  terms ??= get("/api/vocabulary").then(
    (vocabulary) => vocabulary.terms ?? [],
    () => {
      terms = undefined; // asked again
      return [];
    },
  );
  return terms;
}

/** The first tags that begin with what is typed, or one of whose words or synonyms does, and that are not there yet. */
function fitting(all, input) {
  const typed = folded(lineOf(input).text.trim());
  const there = new Set(input.value.split("\n").map((line) => folded(line.trim())));
  const begins = (word) => ` ${folded(word)}`.includes(` ${typed}`);
  return all
    .filter(({ tag, synonyms = [] }) => !there.has(folded(tag)) && [tag, ...synonyms].some(begins))
    .map(({ tag }) => tag)
    .slice(0, SHOWN);
}

/** The line of a textarea in which its caret is. */
function lineOf({ value, selectionStart }) {
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const after = value.indexOf("\n", selectionStart);
  const end = after < 0 ? value.length : after;
  return { start, end, text: value.slice(start, end) };
}

/** Without accents and capitals. */
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
