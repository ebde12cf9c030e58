/** An answer as HTML: its Markdown sanitised, and each [n] a thumbnail button that opens the cited photo. */

import { h } from "../dom.js";
import { showImage } from "../imageLinks.js";
import { strings } from "../strings.js";

const MARKER = /\[(\d+)\]/g;
const CLOSING = /^[\p{Pe}\p{Pf}\p{Po}]+/u; // what must not begin a line, such as the full stop after a marker
const BLOCKS = "p, li, blockquote, h1, h2, h3, h4, h5, h6, td, th";
// What an answer needs. No images and no forms: an answer must not reach other servers.
const ALLOWED = {
  ALLOWED_TAGS: "p br strong em del code pre blockquote ul ol li h1 h2 h3 h4 table thead tbody tr th td hr a".split(
    " ",
  ),
  ALLOWED_ATTR: ["href", "start"],
  ALLOWED_URI_REGEXP: /^https?:/i,
  RETURN_DOM_FRAGMENT: true,
};

let libraries;

/** The libraries are loaded while the first answer is on its way, not with the page and not with its first word. */
export async function loadLibraries() {
  libraries ??= Promise.all([import("../../vendor/marked.js"), import("../../vendor/dompurify.js")]);
  try {
    const [{ marked }, { default: purify }] = await libraries;
    return { marked, purify };
  } catch {
    libraries = undefined;
    return undefined;
  }
}

/** The elements of an answer; `open(citation)` is called when a citation is chosen. */
export async function renderAnswer(text, citations, open) {
  const loaded = await loadLibraries();
  if (!loaded) return text; // the libraries cannot be fetched right now: plain text is better than nothing
  const { marked, purify } = loaded;
  const fragment = purify.sanitize(marked.parse(text, { gfm: true, breaks: true, async: false }), ALLOWED);
  for (const anchor of fragment.querySelectorAll("a")) {
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer nofollow";
  }
  for (const block of fragment.querySelectorAll(BLOCKS)) block.dir = "auto"; // each in its own language
  replaceMarkers(fragment, citations, open);
  return fragment;
}

function replaceMarkers(fragment, citations, open) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement?.closest("code, a")) nodes.push(walker.currentNode);
  for (const node of nodes) node.replaceWith(...withCitations(node.data, citations, open));
}

/** The text in pieces, with a button in place of each marker. */
function withCitations(text, citations, open) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(MARKER)) {
    const citation = citations[match[1] - 1];
    if (!citation) continue;
    pieces.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [closing] = text.slice(from).match(CLOSING) ?? [""];
    const button = citationButton(citation, open);
    pieces.push(closing ? h("span", { class: "unbroken" }, button, closing) : button);
    from += closing.length;
  }
  return [...pieces, text.slice(from)];
}

function citationButton(citation, open) {
  const title = citation.title || citation.path;
  const img = h("img", { alt: "", decoding: "async" });
  showImage(img, citation.id, "thumbnail", () => img.remove());
  const label = strings.citation(citation.n, title);
  return h(
    "button",
    { type: "button", class: "citation", "aria-label": label, title, onclick: () => open(citation) },
    img,
    String(citation.n),
  );
}
