/** Asks for what people say of a collection, and what a saved search is called. */

import { confirmed } from "../confirm.js";
import { button, h } from "../dom.js";
import { ask, row } from "../selection/actionDialog.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate } from "../urlState.js";
import { collections } from "./collections.js";

const MAX_NAME = 200;
const MAX_DESCRIPTION = 4000;

/** Save a search, `{name: value}` as bodies have it, as a collection that fills itself. */
export async function askForSavedSearch(search) {
  const name = nameInput(search.q ?? "");
  const read = () => collections.create(name.value.trim(), null, search);
  const content = [row(strings.collectionName, name), h("p", { class: "hint" }, strings.savedSearchHint)];
  const made = await ask(strings.saveSearchTitle, content, read, { actionLabel: strings.save });
  if (made) toast(strings.collectionMade(made.name));
}

/** Change what a collection is called and says, or delete it. */
export async function askForCollectionChange({ id, name: before, description: said }) {
  const name = nameInput(before);
  const description = h("textarea", { id: "collection-says", rows: 4, maxLength: MAX_DESCRIPTION, dir: "auto" });
  description.value = said;
  const read = async () => {
    await collections.change(id, { name: name.value.trim(), description: description.value.trim() });
    return true;
  };
  const onclick = async () => {
    if (!(await confirmed(strings.deleteCollectionQuestion(before), strings.delete))) return;
    remove.closest("dialog").dispatchEvent(new Event("cancel"));
    await collections.delete(id).then(
      () => navigate({ filters: {}, sort: "" }),
      (error) => toast(error.message),
    );
  };
  const remove = button(strings.deleteCollection, { icon: "trash", class: "danger", onclick });
  const content = [row(strings.name, name), row(strings.fieldNames.caption, description), h("div", {}, remove)];
  await ask(strings.editCollection, content, read, { actionLabel: strings.save });
}

function nameInput(value) {
  return h("input", { id: "collection-called", type: "text", value, maxLength: MAX_NAME, required: true, dir: "auto" });
}
