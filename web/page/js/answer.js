/** An answer as the page shows it: Markdown made harmless, with its [n] as little pictures to open. */

import { h } from "./dom.js";
import { show } from "./links.js";
import { words } from "./strings.js";

const MARKER = /\[(\d+)\]/g;
// What a photo answer needs. No pictures and no forms: an answer must not reach out to other places.
const ALLOWED = {
  ALLOWED_TAGS: "p br strong em del code pre blockquote ul ol li h1 h2 h3 h4 table thead tbody tr th td hr a".split(
    " ",
  ),
  ALLOWED_ATTR: ["href", "start"],
  ALLOWED_URI_REGEXP: /^https?:/i,
  RETURN_DOM_FRAGMENT: true,
};

let tools;

/** The libraries are loaded with the first answer, not with the page. */
async function libraries() {
  tools ??= Promise.all([import("../vendor/marked.js"), import("../vendor/dompurify.js")]);
  const [{ marked }, { default: purify }] = await tools;
  return { marked, purify };
}

/** The elements of an answer, or its bare text; `open(citation)` follows a citation. */
export async function rendered(text, citations, open) {
  const loaded = await libraries().catch(() => (tools = undefined));
  if (!loaded) return text; // no way to fetch them right now: plain text is better than nothing
  const { marked, purify } = loaded;
  const fragment = purify.sanitize(marked.parse(text, { gfm: true, breaks: true, async: false }), ALLOWED);
  for (const anchor of fragment.querySelectorAll("a")) {
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer nofollow";
  }
  cite(fragment, citations, open);
  return fragment;
}

function cite(fragment, citations, open) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement?.closest("code, a")) texts.push(walker.currentNode);
  for (const node of texts) node.replaceWith(...pieces(node.data, citations, open));
}

function pieces(text, citations, open) {
  const made = [];
  let from = 0;
  for (const found of text.matchAll(MARKER)) {
    const citation = citations[found[1] - 1];
    if (!citation) continue;
    made.push(text.slice(from, found.index), mark(citation, open));
    from = found.index + found[0].length;
  }
  return [...made, text.slice(from)];
}

function mark(citation, open) {
  const title = citation.title || citation.path;
  const img = h("img", { alt: "", decoding: "async" });
  show(img, citation.id, "thumbnail", () => img.remove());
  const label = words.cite(citation.n, title);
  const follow = () => open(citation);
  return h(
    "button",
    { type: "button", class: "cite", "aria-label": label, title, onclick: follow },
    img,
    String(citation.n),
  );
}
