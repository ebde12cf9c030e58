/**
 * Which photos are picked: some by their ids, or all that match a search but for those that were taken out again.
 *
 * All that match are never listed: picking 50,000 keeps the search and its total, and nothing is fetched or drawn for it.
 */

/** Fires `change`. Photos come as `{id, stack, isLessLikely}`: `stack` has those that look the same, with the photo. */
class Selection extends EventTarget {
  #picked = new Map(); // by id, the ids of the photos that look the same
  #all = null; // {search, total} once all that match are picked
  #out = new Set(); // ids of those that are not meant then
  #isOpen = false;

  /** Whether all that match are picked, but for some. */
  get isAll() {
    return this.#all !== null;
  }

  get count() {
    return this.#all ? Math.max(0, this.#all.total - this.#out.size) : this.#picked.size;
  }

  get isEmpty() {
    return this.count === 0;
  }

  /** Whether photos are being picked: a click picks one then, and does not open it. */
  get isOpen() {
    return this.#isOpen || !this.isEmpty;
  }

  /** How many photos were taken out of all. */
  get excluded() {
    return this.#all ? this.#out.size : 0;
  }

  /** The ids that are picked one by one. */
  get ids() {
    return [...this.#picked.keys()];
  }

  has({ id, isLessLikely }) {
    return this.#all ? !isLessLikely && !this.#out.has(id) : this.#picked.has(id);
  }

  /** Begin to pick, with no photo yet. */
  open() {
    this.#isOpen = true;
    this.#changed();
  }

  toggle(item) {
    this.set([item], !this.has(item));
  }

  /** Pick these photos, or take them out. Of all that match, a photo leaves with those that are folded under it. */
  set(items, on) {
    for (const item of items) {
      if (this.#all) this.#setOfAll(item, on);
      else if (on) this.#picked.set(item.id, idsOf(item).slice(1));
      else this.#picked.delete(item.id);
    }
    this.#changed();
  }

  #setOfAll(item, on) {
    if (item.isLessLikely) return; // no search by likelihood finds these
    for (const id of idsOf(item)) this.#out[on ? "delete" : "add"](id);
  }

  /** The ids of those that look like photos that are picked, and are not picked themselves. */
  get alike() {
    return [...new Set([...this.#picked.values()].flat())].filter((id) => !this.#picked.has(id));
  }

  pickAlike() {
    for (const id of this.alike) this.#picked.set(id, []);
    this.#changed();
  }

  /** Pick all that match `search`, the parameters of a search as an object; `total` is how many the server counts. */
  pickAll(search, total) {
    this.#picked.clear();
    this.#out.clear();
    this.#all = { search, total };
    this.#changed();
  }

  /** As many match by now. */
  recount(total) {
    if (!this.#all || this.#all.total === total) return;
    this.#all.total = total;
    this.#changed();
  }

  clear() {
    if (!this.isOpen) return;
    this.#picked.clear();
    this.#out.clear();
    this.#all = null;
    this.#isOpen = false;
    this.#changed();
  }

  /** The photos as a job takes them, with how many these are. */
  request() {
    const expected = this.count;
    if (!this.#all) return { ids: this.ids, expected };
    const exclude = this.#out.size ? { exclude: [...this.#out] } : {};
    return { search: this.#all.search, ...exclude, expected };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

const idsOf = ({ id, stack = [] }) => [id, ...stack.map((each) => each.id).filter((each) => each !== id)];

/** That of the library. */
export const selection = new Selection();
