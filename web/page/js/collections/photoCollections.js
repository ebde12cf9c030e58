/** The collections that a photo is in, to look at and to take it out of, and a form that puts it into another. */

import { button, h, setChildren } from "../dom.js";
import { searchLink } from "../library/searchLink.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { collections } from "./collections.js";

const NEW = "new";
const MAX_NAME = 200;

/** The section of one photo. */
export function photoCollections(photo) {
  return new PhotoCollections(photo).element;
}

class PhotoCollections {
  #photo;
  #ids;
  #form = null;

  constructor(photo) {
    this.#photo = photo;
    this.#ids = photo.collections ?? [];
    this.list = h("ul", { class: "collections" });
    this.add = button(strings.addToCollection, {
      icon: "add",
      class: "needs-editor",
      "aria-expanded": "false",
      onclick: () => this.#toggleForm(),
    });
    this.heading = h("h3", {}, strings.collections);
    this.element = h("section", { class: "photo-collections" }, this.heading, this.list, this.add);
    this.#drawList();
    if (this.#ids.length) collections.load().then(() => this.#drawList());
  }

  #drawList() {
    const mine = this.#ids.map((id) => collections.find(id)).filter(Boolean);
    this.heading.hidden = !mine.length;
    setChildren(
      this.list,
      mine.map((each) => h("li", {}, searchLink("collection", each.id, h("bdi", {}, each.name)), this.#removal(each))),
    );
  }

  #removal({ id, name, search }) {
    if (search) return false;
    const label = strings.removeFromCollection(name);
    const props = { icon: "close", iconOnly: true, class: "borderless needs-editor" };
    return button(label, { ...props, onclick: () => this.#remove(id, name) });
  }

  async #remove(id, name) {
    try {
      await collections.removePhotos(id, [this.#photo.id]);
    } catch (error) {
      toast(error.message);
      return;
    }
    this.#ids = this.#ids.filter((each) => each !== id);
    this.#drawList();
    this.add.focus();
    toast(strings.removedFromCollection(name));
  }

  async #toggleForm(open = !this.#form) {
    this.add.setAttribute("aria-expanded", String(open));
    if (!open) {
      this.#form?.remove();
      this.#form = null;
      this.add.focus();
      return;
    }
    await collections.load();
    this.#form ??= this.#drawForm();
    this.element.append(this.#form);
    this.#form.querySelector("select, input").focus();
  }

  /** A choice among the lists that it is not in yet, and a new one. */
  #drawForm() {
    const others = collections.lists().filter(({ id }) => !this.#ids.includes(id));
    const name = h("input", { type: "text", id: "collection-new", maxLength: MAX_NAME, required: true, dir: "auto" });
    const nameRow = h("div", { class: "form-row" }, h("label", { htmlFor: name.id }, strings.collectionName), name);
    const choice = h(
      "select",
      { id: "collection-choice", onchange: () => follow() },
      others.map((each) => h("option", { value: each.id }, each.name)),
      h("option", { value: NEW }, strings.newCollection),
    );
    const follow = () => {
      nameRow.hidden = choice.value !== NEW;
      name.disabled = nameRow.hidden;
    };
    follow();
    const error = h("p", { class: "form-error", role: "alert" });
    const onsubmit = (event) => {
      event.preventDefault();
      this.#put(choice.value, name.value.trim(), error);
    };
    return h(
      "form",
      { class: "collection-form", onsubmit },
      others.length > 0 &&
        h("div", { class: "form-row" }, h("label", { htmlFor: choice.id }, strings.collection), choice),
      nameRow,
      error,
      h(
        "div",
        { class: "actions" },
        h("button", { type: "submit", class: "primary" }, strings.addToIt),
        button(strings.cancel, { onclick: () => this.#toggleForm(false) }),
      ),
    );
  }

  async #put(choice, name, error) {
    try {
      const id = choice === NEW ? (await collections.create(name, [this.#photo.id])).id : choice;
      if (choice !== NEW) await collections.addPhotos(id, [this.#photo.id]);
      this.#ids = [...this.#ids, id];
      toast(strings.addedToCollection(collections.find(id)?.name ?? name));
    } catch (failure) {
      setChildren(error, failure.message);
      return;
    }
    this.#drawList();
    this.#toggleForm(false);
  }
}
