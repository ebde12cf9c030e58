/** The library view: toolbar, chips, facets and the grid, kept in step with the address. */

import { button, fill, h, icon } from "./dom.js";
import { drawChips, drawFacets } from "./filters.js";
import { Grid } from "./grid.js";
import { changed, go, sameSearch, searchPairs, state } from "./state.js";
import { words } from "./strings.js";
import { toast } from "./toast.js";

export class Shelf {
  #library;
  #abort = new AbortController();
  #asked = "";
  #shown = null; // what the grid shows now: the search and whether by words alone

  /** `openPhoto(id)` is called when a photo is chosen, `addPhotos()` where there are none yet. */
  constructor(library, openPhoto, addPhotos) {
    this.#library = library;
    this.add = button(words.addFiles, { icon: "upload", class: "strong", onclick: addPhotos });
    this.total = h("p", { id: "total", role: "status", "aria-live": "polite" });
    this.sort = h("select", { "aria-label": words.sort, onchange: () => go({ sort: this.sort.value }) });
    this.chips = h("ul", { id: "chips", "aria-label": words.filtersActive, hidden: true });
    this.facets = h("div", { id: "facets", hidden: true });
    this.toggle = button(words.filters, { icon: "filter", class: "quiet", id: "filters", "aria-expanded": "false" });
    this.toggle.setAttribute("aria-controls", "facets");
    this.toggle.addEventListener("click", () => this.#fold(!this.facets.hidden));
    this.tools = h("div", { id: "bar", class: "idle" }, this.total, this.toggle, this.sort);
    this.scroller = h("div", { id: "scroller", tabIndex: -1 });
    this.message = h("div", { id: "message", hidden: true });
    this.element = h(
      "main",
      { id: "library", "aria-label": words.library },
      this.tools,
      this.chips,
      h("div", { id: "shelf" }, this.facets, h("div", { id: "wall" }, this.message, this.scroller)),
    );
    this.grid = new Grid(library, this.scroller, openPhoto);
    this.scroller.append(h("p", { class: "unseen" }, words.gridHelp));
    library.addEventListener("opened", () => this.#opened());
    library.addEventListener("changed", () => this.#count());
    changed.addEventListener("change", ({ detail }) => {
      if (!sameSearch(detail.state, detail.before)) this.search(state.q);
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.facets.hidden) this.#fold(true);
    });
  }

  #fold(closed) {
    this.facets.hidden = closed;
    this.toggle.setAttribute("aria-expanded", String(!closed));
    if (closed) this.toggle.focus();
  }

  /**
   * Look for these words with the filters of the address; by words alone the answer needs no model.
   * Resolves to whether what was found is shown, undefined where another search came in between.
   */
  async search(q, mode, { again = false } = {}) {
    const wanted = { q, sort: state.sort, filters: state.filters };
    const asked = `${mode ?? ""} ${searchPairs(wanted)}`;
    const settled = this.#shown && !this.#shown.mode && sameSearch(this.#shown.search, wanted);
    if (!again && (asked === this.#asked || settled)) return undefined;
    this.#asked = asked;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.element.setAttribute("aria-busy", "true");
    try {
      const accept = (found) => this.#worthIt(wanted, mode, found);
      const opened = await this.#library.open(wanted, { signal, mode, accept });
      if (opened) this.#shown = { search: wanted, mode };
      return signal.aborted ? undefined : opened;
    } catch (error) {
      if (error.name !== "AbortError") this.#failed(error);
      return undefined;
    } finally {
      if (!signal.aborted) {
        this.#asked = "";
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  /** Whether to show what was found in place of what is there. */
  #worthIt(wanted, mode, found) {
    // Words half typed match nothing: what was there stays until the search by meaning has its say.
    if (mode) return found.total > 0;
    // Somebody is deep in the same results already: they do not change order under their eyes.
    return !(this.#shown?.mode && sameSearch(this.#shown.search, wanted) && this.scroller.scrollTop > 0);
  }

  /** Whether nobody would be disturbed by photos that appear. */
  get isAtRest() {
    return this.scroller.scrollTop < 40 && !state.photo && !this.scroller.contains(document.activeElement);
  }

  focus() {
    (this.scroller.querySelector("a[tabindex='0']") ?? this.scroller).focus();
  }

  /** Look again for the same, as after photos were added; what is in view stays. */
  async refresh() {
    const top = this.scroller.scrollTop;
    await this.search(state.q, undefined, { again: true });
    this.scroller.scrollTop = top;
  }

  #opened() {
    this.scroller.scrollTop = 0;
    const { q, filters } = this.#library.search;
    const choices = q ? ["relevance", "newest", "oldest"] : ["newest", "oldest"];
    fill(
      this.sort,
      choices.map((value) => h("option", { value }, words.sorts[value])),
    );
    this.sort.value = choices.includes(state.sort) ? state.sort : choices[0];
    drawChips(this.chips);
    drawFacets(this.facets, this.#library.facets);
    this.#count();
    const empty = this.#library.total === 0;
    const bare = !q && !Object.keys(filters).length;
    this.#say(empty && (bare ? [words.empty, words.emptyHint, this.add] : [words.nothing, words.nothingHint]));
    this.tools.classList.toggle("idle", empty && bare); // nothing to narrow, nothing to put in order
  }

  #count() {
    const { total, search } = this.#library;
    if (!search) return; // a photo can be open, and deleted, before the first answer is there
    const bare = !search.q && !Object.keys(search.filters).length;
    fill(this.total, bare ? words.total(total) : words.found(total));
  }

  #failed(error) {
    // A server that does not answer at all has a banner that says so.
    if (this.#library.total) return error.status && toast(`${words.cannotSearch}. ${error.message}`);
    const again = button(words.retry, {
      icon: "again",
      onclick: () => this.search(state.q, undefined, { again: true }),
    });
    return this.#say([words.cannotSearch, error.message, again]);
  }

  /** A calm message in the middle, in place of photos; nothing takes it away. */
  #say(message) {
    this.message.hidden = !message;
    this.scroller.classList.toggle("empty", Boolean(message));
    if (!message) return fill(this.message);
    const [title, hint, action] = message;
    return fill(this.message, icon("picture"), h("h2", {}, title), h("p", {}, hint), action);
  }
}
