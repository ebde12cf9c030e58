/** Asks for a collection to put photos into: one that is there, or a new one. */

import { collections } from "../collections/collections.js";
import { h } from "../dom.js";
import { strings } from "../strings.js";
import { ask, row } from "./actionDialog.js";
import { selection } from "./selection.js";

const NEW = "new";
const MAX_NAME = 200;

export async function askForCollection() {
  await collections.load();
  const lists = collections.lists();
  const name = h("input", { id: "action-name", type: "text", maxLength: MAX_NAME, dir: "auto" });
  const nameRow = row(strings.collectionName, name);
  const follow = () => {
    nameRow.hidden = choice.value !== NEW;
    name.required = choice.value === NEW;
  };
  const choice = h(
    "select",
    { id: "action-collection", onchange: follow },
    lists.map((each) => h("option", { value: each.id }, each.name)),
    h("option", { value: NEW }, strings.newCollection),
  );
  follow();
  const read = async () => {
    const id = choice.value === NEW ? (await collections.create(name.value.trim(), [])).id : choice.value;
    return { action: "collect", collection: id };
  };
  const rows = [lists.length > 0 && row(strings.collection, choice), nameRow];
  return ask(strings.collectMany(selection.count), rows, read, { actionLabel: strings.addToIt });
}
