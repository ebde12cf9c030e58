/** The library: toolbar, filter chips, facets and the photo grid, kept in step with the URL. */

import { CollectionHeader } from "../collections/collectionHeader.js";
import { collections, orderedCollection } from "../collections/collections.js";
import { button, h, setChildren } from "../dom.js";
import { ExportMenu } from "../export/exportMenu.js";
import { JobsButton } from "../jobs/jobsButton.js";
import { loaded } from "../lazyView.js";
import { selection } from "../selection/selection.js";
import { SelectionBar } from "../selection/selectionBar.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { isSameSearch, OWN_ORDER, state, urlChanges } from "../urlState.js";
import { isRatingKey, rateByKey } from "../wall/ratings.js";
import { TimelineScrubber } from "../wall/timelineScrubber.js";
import { WallViews } from "../wall/wallViews.js";
import { drawFilterChips } from "./filterChips.js";
import { LibraryMessage } from "./libraryMessage.js";
import { LibraryToolbar } from "./libraryToolbar.js";
import { isOwnField, ownFields } from "./ownFields.js";
import { PhotoGrid } from "./photoGrid.js";
import { picture, pictureChanges } from "./pictureSearch.js";

export class LibraryView {
  #results;
  #abort = new AbortController();
  #running = null; // the search under way, likewise
  #isOutdated = false; // whether the collection that is shown has other photos by now
  #drawFacets = null; // loaded with the first use of the facets
  #current = null; // what the grid shows: the query and how it was searched

  /** `openPhoto(id)` is called when a photo is chosen; `addPhotos` opens file dialogs where there are none yet. */
  constructor(results, openPhoto, addPhotos) {
    this.#results = results;
    this.chips = h("ul", { id: "filter-chips", "aria-label": strings.filtersActive, hidden: true });
    this.facets = h("div", { id: "facets", hidden: true });
    this.exports = new ExportMenu(results, () => this.refresh());
    this.views = new WallViews(results, () => this.grid.firstInView());
    this.toolbar = new LibraryToolbar(results, {
      views: this.views.element,
      exports: this.exports.element,
      share: () => this.#share(),
      toggleFilters: () => this.#showFacets(this.facets.hidden),
    });
    this.jobs = new JobsButton((job) => this.#followJob(job));
    this.toolbar.found.append(this.jobs.element);
    const pickAll = () => this.grid.selecting.pickAll();
    this.selection = new SelectionBar(results, { pickAll, exports: this.exports });
    selection.addEventListener("change", () => this.#drawBar());
    this.scroller = h("div", { id: "scroller", tabIndex: -1 });
    this.message = new LibraryMessage(this.scroller, addPhotos);
    this.body = h("div", { id: "grid" }, this.message.element, this.scroller);
    this.timeline = new TimelineScrubber(results, this.scroller, this.body);
    this.body.append(this.timeline.element);
    this.element = h(
      "main",
      { id: "library", "aria-label": strings.library },
      this.toolbar.element,
      this.selection.element,
      this.exports.progress,
      this.chips,
      new CollectionHeader().element,
      h("div", { id: "library-body" }, this.facets, this.body),
    );
    this.grid = new PhotoGrid(results, this.scroller, openPhoto);
    this.lessLikely = h("div", { id: "less-likely", hidden: true });
    this.scroller.append(this.lessLikely, h("p", { class: "visually-hidden" }, strings.gridHelp));
    results.addEventListener("searched", () => this.#drawResults());
    results.addEventListener("changed", () => this.#drawTotal());
    results.addEventListener("counted", () => this.#drawFilters());
    results.addEventListener("pageloaded", () => this.toolbar.drawStacks());
    ownFields.addEventListener("loaded", () => this.#drawFilters());
    collections.addEventListener("loaded", () => results.query && this.toolbar.drawSorts());
    collections.addEventListener("reordered", () => this.refresh());
    collections.addEventListener("loaded", () => this.#drawFilters());
    collections.addEventListener("changed", () => {
      this.#isOutdated = Boolean(state.filters.collection);
    });
    urlChanges.addEventListener("change", ({ detail }) => {
      const isUnderWay = this.#running && isSameSearch(this.#running.query, this.#query(state.q));
      if (!isUnderWay && !isSameSearch(detail.state, detail.previous)) this.search(state.q);
      else if (this.#isOutdated && !state.photo) this.refresh();
    });
    pictureChanges.addEventListener("change", () => this.search(state.q, {}, { force: true }));
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.facets.hidden) return;
      if (selection.isOpen && !this.facets.contains(event.target)) return; // one thing at a time: that ends the selection
      event.preventDefault();
      this.#showFacets(false);
    });
    this.scroller.addEventListener("keydown", (event) => {
      const id = isRatingKey(event) && event.target.closest(".tile")?.dataset.id;
      if (id) rateByKey(id, event.key, (photo) => this.#mark(photo));
    });
  }

  /** Show on the wall what somebody thinks of a photo now; the focus stays where it is. */
  #mark({ id, favorite, rating }) {
    const isFocused = document.activeElement.closest(".tile")?.dataset.id === id;
    this.#results.replace(id, { favorite, rating });
    if (isFocused) this.grid.focusPhoto(id);
  }

  /** While photos are picked, another bar is in place of the toolbar; how far jobs are is in either. */
  #drawBar() {
    this.toolbar.element.hidden = selection.isOpen;
    const bar = selection.isOpen ? this.selection.element : this.toolbar.element;
    if (!bar.contains(this.jobs.element)) bar.firstElementChild.append(this.jobs.element);
  }

  /** What a job has changed is shown. */
  #followJob({ action }) {
    if (action === "collect" || action === "uncollect") collections.reload();
    if (state.photo) this.#isOutdated = true;
    else this.refresh();
  }

  async #share() {
    const { shareShown } = await import("../sharing/shareShown.js");
    await shareShown(this.#results, this.exports);
  }

  async #showFacets(open) {
    if (open) {
      collections.load();
      this.#drawFacets = await loaded(async () => {
        const { drawFacets } = await import("./facetPanel.js");
        return drawFacets;
      });
      if (!this.#drawFacets) return;
    }
    this.facets.hidden = !open;
    if (open) this.#drawFilters();
    this.toolbar.filterToggle.setAttribute("aria-expanded", String(open));
    if (!open) this.toolbar.filterToggle.focus();
  }

  #query(q) {
    const { interpret, fold } = q === state.q ? state : { interpret: "", fold: "" };
    const { sort, filters } = state;
    const order = picture ? "" : orderedCollection({ q, sort, filters });
    return { q, sort: sort === OWN_ORDER ? "" : sort, order, filters, interpret, fold, picture };
  }

  /**
   * Search for these words with the filters in the URL. `how` has the parameters of a search while somebody types:
   * mode `keyword` needs no model, and `ranker` false leaves the semantic ranker out.
   * Resolves to whether the results are shown, undefined where another search came in between.
   */
  async search(q, how = {}, { force = false } = {}) {
    const query = this.#query(q);
    const isSame = (other) => other && isSameSearch(other.query, query);
    const isUnderWay =
      isSame(this.#running) && String(Object.entries(how)) === String(Object.entries(this.#running.how));
    const isShown = isSame(this.#current) && isFinal(this.#current.how);
    if (!force && (isUnderWay || isShown)) return undefined;
    this.#running = { query, how };
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.element.setAttribute("aria-busy", "true");
    try {
      const accept = (response) => this.#shouldShow(query, how, response);
      const accepted = await this.#results.search(query, { signal, how, accept });
      if (accepted) this.#current = { query, how };
      return signal.aborted ? undefined : accepted;
    } catch (error) {
      if (error.name !== "AbortError") this.#showError(error);
      return undefined;
    } finally {
      if (!signal.aborted) {
        this.#running = null;
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  /** Whether new results replace the ones that are shown. */
  #shouldShow(query, how, response) {
    // Half-typed words match nothing: the results before them stay until the search by meaning answers.
    if (how.mode) return response.total > 0;
    // Somebody has scrolled into the same results already: these change their order only when asked to.
    const isSame = this.#current && isSameSearch(this.#current.query, query);
    return isFinal(how) || !isSame || this.scroller.scrollTop === 0;
  }

  /** Whether photos can appear without disturbing anybody. */
  get isIdle() {
    return this.scroller.scrollTop < 40 && !state.photo && !this.scroller.contains(document.activeElement);
  }

  focus() {
    (this.scroller.querySelector("a[tabindex='0']") ?? this.scroller).focus();
  }

  /** Repeat the search, as after photos were added; the scroll position stays. */
  async refresh() {
    this.#isOutdated = false;
    const top = this.scroller.scrollTop;
    await this.search(state.q, this.#current?.how, { force: true });
    this.scroller.scrollTop = top;
  }

  #drawResults() {
    this.scroller.scrollTop = 0;
    this.toolbar.drawSorts();
    this.#drawFilters();
    this.#drawTotal();
    const isEmpty = this.#results.total === 0;
    const { isUnfiltered } = this.toolbar;
    if (!isEmpty) this.message.hide();
    else this.message.showNone({ isUnfiltered, lessLikely: this.#results.lessLikely && this.#lessLikelyButton() });
    this.toolbar.element.classList.toggle("empty", isEmpty && isUnfiltered); // nothing to filter, nothing to sort
  }

  #drawFilters() {
    if (!this.#results.query) return; // a photo can be open before the first response is there
    if (Object.keys(this.#results.facets).some(isOwnField)) ownFields.load();
    drawFilterChips(this.chips, this.#results);
    if (!this.facets.hidden) this.#drawFacets(this.facets, this.#results);
  }

  #drawTotal() {
    const { total, lessLikely, query } = this.#results;
    if (!query) return; // a photo can be open, and deleted, before the first response is there
    this.toolbar.draw();
    this.lessLikely.hidden = !lessLikely || !total;
    setChildren(this.lessLikely, lessLikely > 0 && this.#lessLikelyButton());
  }

  #lessLikelyButton() {
    const onclick = () => {
      this.message.hide();
      this.#results.showLessLikely();
      this.grid.focusLastSection();
    };
    return button(strings.showLessLikely(this.#results.lessLikely), { onclick });
  }

  #showError(error) {
    if (this.#results.total) {
      // A server that does not answer at all has a banner that says so.
      if (error.status) toast(`${strings.cannotSearch}. ${error.message}`);
      return;
    }
    const retry = () => this.search(state.q, {}, { force: true });
    this.message.show(strings.cannotSearch, error.message, button(strings.retry, { icon: "retry", onclick: retry }));
  }
}

/** Whether a search is one that was asked for, and not one of those while somebody types. */
const isFinal = (how) => !Object.keys(how).length;
