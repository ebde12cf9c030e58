/** The fields of the library's own, as a file: `catalogue.json`. */

import { h } from "../dom.js";
import { labelOf } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { someOf } from "./agreedFile.js";

const NAME = "catalogue.json";
const EXAMPLE = [
  {
    name: "product_type",
    type: "choice",
    labels: { en: "Product type", de: "Produktart", fr: "Type de produit", es: "Tipo de producto" },
    values: ["mug", "shirt", "bag"],
    searchable: true,
    facet: true,
    instruction: "What kind of product is shown.",
  },
  { name: "price", type: "number", labels: { en: "Price", de: "Preis", fr: "Prix", es: "Precio" }, facet: true },
];

export const FIELDS = {
  path: "/api/catalogue",
  role: "admin",
  accept: ".json,application/json",
  words: strings.agreedFields,
  query: () => ({}),
  content: ({ fields }) => fields.length > 0 && h("ul", { class: "agreed" }, fields.map(line)),
  download: ({ fields }) => ({ name: NAME, blob: () => fileOf(fields.map(definition)) }),
  example: { name: NAME, blob: () => fileOf(EXAMPLE) },
};

function line(field) {
  const { type, values, searchable, facet, required, filled_by_model } = field;
  const kinds = { searchable, facet, required, filled_by_model };
  const words = Object.entries(strings.fieldKinds).filter(([name]) => kinds[name]);
  const facts = [strings.fieldTypes[type], ...words.map(([, text]) => text)].join(" · ");
  return h(
    "li",
    {},
    h("strong", {}, h("bdi", {}, labelOf(field))),
    ` ${facts}`,
    values.length > 0 && h("p", { class: "muted" }, someOf(values.map(({ value }) => value))),
  );
}

/** As the file has it: what says nothing is left out. */
function definition({ filled_by_model: _, ...field }) {
  const values = field.values.map(({ value, labels }) => (Object.keys(labels).length ? { value, labels } : value));
  const isSaid = ([, value]) => value && (typeof value !== "object" || Object.keys(value).length > 0);
  return Object.fromEntries(Object.entries({ ...field, values }).filter(isSaid));
}

const fileOf = (fields) => new Blob([`${JSON.stringify({ fields }, null, 2)}\n`], { type: "application/json" });
