/** What people say of the collection that is chosen, above its photos: its cover, name and description. */

import { button, h, setChildren } from "../dom.js";
import { showImage } from "../imageLinks.js";
import { strings } from "../strings.js";
import { state, urlChanges } from "../urlState.js";
import { collections, orderedCollection } from "./collections.js";

export class CollectionHeader {
  constructor() {
    this.element = h("section", { id: "collection", "aria-labelledby": "collection-name", hidden: true });
    collections.addEventListener("loaded", () => this.#draw());
    urlChanges.addEventListener("change", () => this.#followUrl());
    this.#followUrl();
  }

  #followUrl() {
    if (state.filters.collection) collections.load();
    this.#draw();
  }

  #draw() {
    const collection = collections.find(state.filters.collection?.[0]);
    this.element.hidden = !collection;
    if (!collection) {
      setChildren(this.element);
      return;
    }
    const { name, description, photos } = collection;
    const size = photos === null ? strings.savedSearch : strings.totalPhotos(photos);
    const edit = button(strings.editCollection, {
      icon: "edit",
      iconOnly: true,
      class: "borderless needs-editor",
      onclick: async () => {
        const { askForCollectionChange } = await import("./collectionForms.js");
        await askForCollectionChange(collection);
      },
    });
    setChildren(
      this.element,
      cover(collection),
      h(
        "div",
        {},
        h("h2", { id: "collection-name", dir: "auto" }, name),
        h("p", { class: "muted" }, size),
        description && descriptionOf(description),
        orderedCollection(state) && orderHints(),
      ),
      edit,
    );
  }
}

/** How its photos are put in order, by whatever is at hand. */
const orderHints = () => [
  h("p", { class: "muted needs-editor order-hint" }, strings.orderHint),
  h("p", { class: "muted needs-editor order-hint touch" }, strings.orderHintTouch),
];

/** Its first lines, and the others on demand, so that a long one leaves room for the photos. */
function descriptionOf(description) {
  const text = h("p", { class: "description", dir: "auto" }, description);
  const toggle = () => {
    const isWhole = text.classList.toggle("whole");
    text.tabIndex = isWhole ? 0 : -1; // it may need scrolling then
    more.lastElementChild.textContent = isWhole ? strings.less : strings.more;
    more.setAttribute("aria-expanded", String(isWhole));
  };
  const more = button(strings.more, { class: "text-button", "aria-expanded": "false", hidden: true, onclick: toggle });
  requestAnimationFrame(() => {
    more.hidden = text.scrollHeight <= text.clientHeight;
  });
  return [text, more];
}

/** The cover is beside its name, so it says nothing more to who cannot see it. */
function cover({ cover: id }) {
  if (!id) return false;
  const image = h("img", { alt: "", decoding: "async" });
  showImage(image, id, "thumbnail", () => image.remove());
  return image;
}
