/** Asks for tags to add and remove, or for the value of a field, and makes an edit of it. */

import { get } from "../api.js";
import { h, setChildren } from "../dom.js";
import { ownFields } from "../library/ownFields.js";
import { nameOfField, OWN, ownFieldsOf } from "../photo/ownFieldInputs.js";
import { strings } from "../strings.js";
import { ask, row } from "./actionDialog.js";
import { NameList } from "./nameList.js";
import { selection } from "./selection.js";

const LISTS = ["tags", "keywords", "persons", "creators"];
const TEXTS = ["alt_text", "caption", "rights"];
const FLAGS = ["favorite", "reviewed"];
const FIELDS = ["title", "alt_text", "caption", "tags", "keywords", "persons", "creators", "credit", "rights"];
const MORE_FIELDS = ["rating", "taken_local", "city", "state", "country", "location", "favorite", "reviewed"];
const SPOT = /^\s*-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?\s*$/;
const ID = "action-value";

/** Tags to add to the photos and to take from them. */
export async function askForTags(results) {
  const lists = namesOf("tags", results);
  return ask(strings.editMany(strings.fieldNames.tags, selection.count), lists.content, lists.read);
}

/** A field, and what is to be written into it; of lists, what to add and to remove. */
export async function askForField(results) {
  await ownFields.load();
  const own = ownFieldsOf({}).map((each) => each.name);
  const value = h("div", { class: "field-value" });
  let current;
  const follow = () => {
    current = inputOf(choice.value, results);
    setChildren(value, current.content);
  };
  const options = [...own, ...FIELDS, ...MORE_FIELDS].map((name) => h("option", { value: name }, nameOfField(name)));
  const choice = h("select", { id: "action-field", onchange: follow }, options);
  follow();
  const title = strings.setField(selection.count);
  return ask(title, [row(strings.field, choice), value], () => current.read());
}

/** The inputs of a field: `content`, and what `read()` makes of them. */
function inputOf(name, results) {
  if (LISTS.includes(name)) return namesOf(name, results);
  if (name.startsWith(OWN)) return ownInput(name);
  const input = plainInput(name);
  const read = () => ({ action: "edit", patch: { [name]: parseValue(name, input.value) } });
  return { content: [row(nameOfField(name), input), clearsHint(name)], read };
}

const clearsHint = (name) =>
  !FLAGS.includes(name) && name !== "rating" && h("p", { class: "hint" }, strings.emptyClears);

function plainInput(name) {
  if (TEXTS.includes(name)) return h("textarea", { id: ID, rows: 4, dir: "auto" });
  if (FLAGS.includes(name))
    return h("select", { id: ID }, option("true", strings.answers.yes), option("false", strings.answers.no));
  if (name !== "rating") return h("input", { id: ID, type: "text", dir: "auto", title: strings.fieldHints[name] });
  const words = (stars) => strings.rating[{ 0: "none", [-1]: "rejected" }[stars]] ?? strings.rating.stars(stars);
  return h(
    "select",
    { id: ID },
    [5, 4, 3, 2, 1, 0, -1].map((stars) => option(String(stars), words(stars))),
  );
}

const option = (value, label) => h("option", { value }, label);

function parseValue(name, text) {
  if (FLAGS.includes(name)) return text === "true";
  if (name === "rating") return Number(text);
  if (name !== "location" || !text.trim()) return text;
  if (!SPOT.test(text)) throw new Error(strings.fieldHints.location);
  const [latitude, longitude] = text.split(",").map(Number);
  return { latitude, longitude };
}

function ownInput(name) {
  const { field } = ownFieldsOf({}).find((each) => each.name === name);
  const { draw, type = "text", read = (value) => value ?? "", write = (text) => text } = field;
  const input = draw ? draw(ID, read(undefined)) : h("input", { id: ID, type, step: "any", dir: "auto" });
  const content = row(nameOfField(name), input);
  if (input.getAttribute("role") === "group") input.setAttribute("aria-label", nameOfField(name));
  const patch = () => ({ fields: { [name.slice(OWN.length)]: write(input.value) } });
  return {
    content: [content, h("p", { class: "hint" }, strings.emptyClears)],
    read: () => ({ action: "edit", patch: patch() }),
  };
}

/** Two lists of names, with what the library has to choose from. */
function namesOf(name, results) {
  const there = (results.facets[name] ?? []).map(({ value }) => value);
  const add = new NameList("action-add", strings.addNames, there);
  const remove = new NameList("action-remove", strings.removeNames, there);
  if (name === "tags") suggestVocabulary(add, there);
  const read = () => {
    const [more, less] = [add.names, remove.names];
    if (!more.length && !less.length) throw new Error(strings.namesMissing);
    return {
      action: "edit",
      ...(more.length && { add: { [name]: more } }),
      ...(less.length && { remove: { [name]: less } }),
    };
  };
  return { content: [add.element, remove.element], read };
}

/** The tags that the library agrees on come first; without a vocabulary there are those that photos have. */
async function suggestVocabulary(list, there) {
  const { terms = [] } = await get("/api/vocabulary").catch(() => ({}));
  const labels = terms.map(({ tag }) => tag);
  list.suggest([...new Set([...labels, ...there])]);
}
