/** What the photo's file says of itself: the owner's words, who made it, what is allowed, its rating and keywords. */

import { h } from "../dom.js";
import { lastWord, pathsTo } from "../library/keywordPaths.js";
import { searchLink } from "../library/searchLink.js";
import { ratingLabel } from "../library/stars.js";
import { strings } from "../strings.js";

const MAX_LINK = 100; // characters of a text that is a link itself
const FIELDS = { creator: "creators", keywordPaths: "keyword_paths", usageTerms: "usage_terms" }; // of other names
const MAX_PHRASE = 200; // characters of a licence that are searched for

/** The contents of the section; none where the file says nothing. Of the source `person`, what people wrote instead. */
export function fileDetails(photo, source = "file") {
  const isOfSource = ([name]) => (photo.sources?.[FIELDS[name] ?? name] === "person") === (source === "person");
  const rows = [
    ["creator", links("creator", creators(photo))],
    ["persons", links("person", photo.persons)],
    ["credit", photo.credit && searchLink("credit", photo.credit)],
    ["rights", photo.rights !== photo.usage_terms && rights(photo.rights)],
    ["usageTerms", rights(photo.usage_terms)],
    ["rating", photo.rating ? ratingLink(photo.rating) : false],
    ["keywords", links("keyword", photo.keywords)],
    ["keywordPaths", photo.keyword_paths?.length > 0 && photo.keyword_paths.map(pathLinks)],
  ]
    .filter(isOfSource)
    .filter(([, value]) => value);
  return [
    source === "file" && photo.embedded_title && h("p", { class: "file-title", dir: "auto" }, photo.embedded_title),
    source === "file" &&
      photo.embedded_description &&
      h("p", { class: "file-description", dir: "auto" }, photo.embedded_description),
    rows.length > 0 &&
      h(
        "dl",
        {},
        rows.map(([name, value]) => [h("dt", {}, strings.detailNames[name]), h("dd", { class: name }, value)]),
      ),
  ].filter(Boolean);
}

/** Photos that were indexed before there were several creators have one. */
function creators({ creators: names, creator }) {
  return names?.length || !creator ? names : [creator];
}

function links(filter, names = []) {
  return (
    names.length > 0 &&
    h(
      "ul",
      { class: "names" },
      names.map((name) => h("li", {}, searchLink(filter, name))),
    )
  );
}

/** A notice as a link to the photos that have the same; a longer text is read, and has its link after it. */
function rights(text) {
  if (!text) return false;
  if (text.length <= MAX_LINK) return searchLink("rights", text, text);
  return [h("bdi", {}, text), " ", searchLink("rights", beginningOf(text), strings.sameRights)];
}

/** The first words of a text, as many as a search takes. */
function beginningOf(text) {
  const words = text.slice(0, MAX_PHRASE);
  return words.length < text.length ? words.replace(/[\p{L}\p{N}]+$/u, "").trim() || words : words;
}

function ratingLink(rating) {
  return searchLink("rating", rating < 0 ? "rejected" : String(rating), ratingLabel(rating));
}

/** Every word of the path leads to all that is filed under it. */
function pathLinks(path) {
  const steps = pathsTo(path).map((each) => {
    const link = searchLink("keyword_path", each, lastWord(each));
    link.setAttribute("aria-label", each);
    return h("li", {}, link);
  });
  return h("ol", { class: "path" }, steps);
}
