/** What can be done with the photos that are picked: a bar in place of the toolbar, so that it covers no photo. */

import { collections, shownCollection } from "../collections/collections.js";
import { button, h, setChildren } from "../dom.js";
import { placeMenu } from "../popovers.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { selection } from "./selection.js";

const STARS = [5, 4, 3, 2, 1, 0, -1];
const EDITOR = "needs-editor";
const ADMIN = "needs-admin";

export class SelectionBar {
  #results;
  #pickAll;
  #exports;

  /** `pickAll()` picks all that match, `exports` is the menu that takes photos along. */
  constructor(results, { pickAll, exports }) {
    this.#results = results;
    this.#pickAll = pickAll;
    this.#exports = exports;
    this.count = h("p", { id: "selection-count", role: "status", "aria-live": "polite" });
    this.all = button("", { class: "text-button", id: "pick-all", onclick: () => pickAll() });
    this.alike = button("", { class: "text-button", id: "pick-alike", onclick: () => selection.pickAlike() });
    const clear = button(strings.clearSelection, {
      icon: "close",
      iconOnly: true,
      class: "borderless",
      onclick: () => selection.clear(),
    });
    this.menus = h("div", {});
    this.actions = h("div", { class: "selection-actions" }, this.#actions());
    this.element = h(
      "div",
      { id: "selection", role: "toolbar", "aria-label": strings.selection, hidden: true },
      h("div", { class: "found" }, clear, this.count, this.all, this.alike),
      this.actions,
      this.menus,
    );
    selection.addEventListener("change", () => this.draw());
    results.addEventListener("searched", () => this.draw());
    results.addEventListener("changed", () => this.draw());
  }

  #actions() {
    return [
      this.#action("tags", { icon: "tag", class: EDITOR }),
      this.#menu(
        "rate",
        "star",
        STARS.map((stars) => this.#rating(stars)),
        EDITOR,
      ),
      this.#action("collect", { icon: "collection", class: EDITOR }),
      this.#action("download", { icon: "download", onclick: () => this.#exports.start("zip") }),
      this.#action("delete", { icon: "trash", class: EDITOR }),
      this.#menu("more", "more", [
        this.#action("field", { class: EDITOR }),
        this.#action("favorite", { class: EDITOR }),
        this.#action("notFavorite", { class: EDITOR }),
        this.#action("reviewed", { class: EDITOR }),
        this.#action("notReviewed", { class: EDITOR }),
        this.#action("move", { class: EDITOR }),
        this.#removal(),
        this.#cover(),
        this.#action("share", { class: EDITOR }),
        this.#action("recaption", { class: ADMIN }),
        h("hr", {}),
        ...this.#exports.kinds.map((kind) =>
          button(strings.exports[kind], { onclick: () => this.#exports.start(kind) }),
        ),
      ]),
    ];
  }

  #action(name, { class: classes = "", onclick = () => this.#do(name), ...props } = {}) {
    const label = strings.selectionActions[name];
    return button(label, { ...props, "data-action": name, title: label, class: `borderless ${classes}`, onclick });
  }

  #removal() {
    this.removal = this.#action("uncollect", { class: EDITOR });
    return this.removal;
  }

  #cover() {
    this.cover = button(strings.useAsCover, {
      class: `borderless ${EDITOR}`,
      onclick: async () => {
        await collections.change(shownCollection().id, { cover: selection.ids[0] }).then(
          () => toast(strings.coverChosen),
          (error) => toast(error.message),
        );
      },
    });
    return this.cover;
  }

  #rating(stars) {
    const label = strings.rating[{ 0: "none", [-1]: "rejected" }[stars]] ?? strings.rating.stars(stars);
    return button(label, { class: "borderless", onclick: () => this.#do("rate", stars) });
  }

  /** A button with a menu of others. */
  #menu(name, iconName, items, classes = "") {
    const id = `selection-${name}`;
    const label = strings.selectionActions[name];
    const menu = h("div", { id, class: "menu", popover: "auto", role: "group", "aria-label": label }, items);
    const opener = button(label, { icon: iconName, class: `borderless ${classes}`, title: label, "data-action": name });
    opener.setAttribute("popovertarget", id);
    menu.addEventListener("click", (event) => event.target.closest("button") && menu.hidePopover?.());
    menu.addEventListener("toggle", () => placeMenu(menu, opener));
    return [opener, menu];
  }

  async #do(name, value) {
    if (selection.isEmpty) {
      toast(strings.nothingPicked);
      return;
    }
    const { act } = await import("./selectionActions.js");
    await act(name, { value, results: this.#results, exports: this.#exports });
  }

  draw() {
    const { isOpen, count, alike, isAll, excluded } = selection;
    this.element.hidden = !isOpen;
    if (!isOpen) return;
    const { total, isExact, query } = this.#results;
    setChildren(this.count, strings.picked(count));
    this.all.hidden = !total || (isAll && !excluded) || count >= total;
    this.all.disabled = !isExact;
    this.all.title = isExact ? "" : strings.tooManyToPick;
    this.all.lastElementChild.textContent = strings.pickAll(total, isExact);
    this.alike.hidden = isAll || !alike.length || query.fold === "false";
    this.alike.lastElementChild.textContent = strings.pickAlike(alike.length);
    const collection = shownCollection();
    this.cover.hidden = !collection || isAll || count !== 1;
    this.removal.hidden = !collection || Boolean(collection.search);
    if (collection) this.removal.lastElementChild.textContent = strings.removeFromCollection(collection.name);
  }
}
