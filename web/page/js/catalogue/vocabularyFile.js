/** The tags that the library agrees on, as a table or in SKOS. */

import { getRaw } from "../api.js";
import { h } from "../dom.js";
import { strings } from "../strings.js";
import { someOf } from "./agreedFile.js";

const NAME = "vocabulary.csv";
const PATH = "/api/vocabulary";
const FORMATS = { json: "json", rdf: "skos", xml: "skos", ttl: "turtle", nt: "turtle" };
const EXAMPLE = "tag,synonyms,broader\nkitchenware,,\nmug,cup|beaker,kitchenware\nplate,dish,kitchenware\n";

export const VOCABULARY = {
  path: PATH,
  role: "editor",
  accept: ".csv,.txt,.json,.rdf,.xml,.ttl,.nt",
  words: strings.agreedTags,
  query: ({ name }) => ({ format: FORMATS[name.split(".").at(-1).toLowerCase()] ?? "csv" }),
  content: ({ terms }) =>
    terms.length > 0 && h("p", {}, h("strong", {}, strings.agreedCount(terms.length)), " ", someOf(tagsOf(terms))),
  download: () => ({ name: NAME, blob: async () => (await getRaw(`${PATH}?format=csv`)).blob() }),
  example: { name: NAME, blob: () => new Blob([EXAMPLE], { type: "text/csv" }) },
};

const tagsOf = (terms) => terms.map(({ tag }) => tag);
