/** The bar above the photos: how many there are, and what can be done with all of them; where it is narrow, by a menu. */

import { orderedCollection, shownCollection } from "../collections/collections.js";
import { button, h, setChildren } from "../dom.js";
import { placeMenu } from "../popovers.js";
import { selection } from "../selection/selection.js";
import { strings } from "../strings.js";
import { navigate, OWN_ORDER, state } from "../urlState.js";

const TOOLS = "toolbar-tools";

export class LibraryToolbar {
  #results;

  /** `views` and `exports` are buttons of their own, `share()` shares what is shown, `toggleFilters()` opens and closes. */
  constructor(results, { views, exports, share, toggleFilters }) {
    this.#results = results;
    this.total = h("p", { id: "total", role: "status", "aria-live": "polite" });
    this.stacks = h("span", { id: "stacks" });
    this.found = h("div", { class: "found" }, this.total, this.stacks);
    this.sort = h("select", { onchange: () => navigate({ sort: this.sort.value }) });
    this.filterToggle = button(strings.filters, {
      icon: "filter",
      class: "borderless",
      id: "filter-toggle",
      "aria-expanded": "false",
      "aria-controls": "facets",
      onclick: toggleFilters,
    });
    const tool = (label, icon, onclick, props) => button(label, { icon, class: "borderless", onclick, ...props });
    const pick = tool(strings.pick, "check", () => selection.open(), { id: "pick" });
    const editors = { class: "borderless needs-editor" };
    const tools = [
      h("label", { class: "sort" }, h("span", {}, strings.sort), this.sort),
      tool(strings.review, "check", () => navigate({ view: "review" }), editors),
      views,
      tool(strings.share, "open", share, editors),
      exports, // the last one, as its own menu opens below it
    ];
    this.element = h("div", { id: "toolbar", class: "empty" }, this.found, this.filterToggle, pick, toolsMenu(tools));
  }

  draw() {
    const { total, isExact } = this.#results;
    setChildren(this.total, this.isUnfiltered ? strings.totalPhotos(total) : strings.totalFound(total, isExact));
    this.drawStacks();
  }

  get isUnfiltered() {
    const { q, filters, picture } = this.#results.query;
    return !q && !picture && !Object.keys(filters).length;
  }

  /** The way to see each of the photos that are stacked because they look the same, and back. */
  drawStacks() {
    const { stacked, query } = this.#results;
    const isOpen = query.fold === "false";
    const label = isOpen ? strings.stackAgain : strings.showStacked(stacked);
    const onclick = () => navigate({ fold: isOpen ? "" : "false" });
    setChildren(this.stacks, (isOpen || stacked > 0) && button(label, { class: "borderless", onclick }));
  }

  /** The orders to choose from; a list has one of its own. */
  drawSorts() {
    const { q, picture } = this.#results.query;
    const isList =
      orderedCollection({ q, sort: OWN_ORDER, filters: state.filters }) && shownCollection()?.search === null;
    const sorts = [...(isList ? [OWN_ORDER] : []), ...(q || picture ? ["relevance"] : []), "newest", "oldest"];
    setChildren(
      this.sort,
      sorts.map((value) => h("option", { value }, strings.sorts[value])),
    );
    this.sort.value = sorts.includes(state.sort) ? state.sort : sorts[isList ? 1 : 0];
  }
}

/** Tools that stand side by side where there is room; else a button opens them as a menu. */
function toolsMenu(tools) {
  const menu = h("div", { id: TOOLS, class: "tools", popover: "auto" }, tools);
  const opener = button(strings.moreTools, { icon: "more", iconOnly: true, class: "borderless", id: "more-tools" });
  opener.setAttribute("popovertarget", TOOLS);
  const close = () => menu.hidePopover?.();
  menu.addEventListener("click", ({ target }) => target.closest("button:not([popovertarget])") && close());
  menu.addEventListener("change", close);
  menu.addEventListener("toggle", (event) => event.target === menu && placeMenu(menu, opener));
  return [opener, menu];
}
