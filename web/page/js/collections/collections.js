/**
 * The collections of the library: lists that people keep, and saved searches.
 *
 * They are asked for when something first needs them: who uses none, pays no request.
 */

import { get, patch, post, remove } from "../api.js";
import { OWN_ORDER, state } from "../urlState.js";

const path = (id) => `/api/collections/${encodeURIComponent(id)}`;

/** Fires `loaded`, `changed` when a list has got or lost photos, and `reordered` when an order could not be kept. */
class Collections extends EventTarget {
  #every = [];
  #loading = null;

  /** Know them all; fires `loaded`. Without them a filter shows its value as it is. */
  load() {
    this.#loading ??= get("/api/collections")
      .then(({ collections }) => this.#replace(collections))
      .catch(() => {
        this.#loading = null;
      });
    return this.#loading;
  }

  /** Ask again, as after a change. */
  reload() {
    this.#loading = null;
    return this.load();
  }

  #replace(every) {
    this.#every = every;
    this.dispatchEvent(new Event("loaded"));
  }

  /** All of them, by name. */
  all() {
    return this.#every;
  }

  /** One by its id or, as filters may have it, by its name. */
  find(idOrName) {
    const name = idOrName?.toLowerCase();
    return (
      this.#every.find(({ id }) => id === idOrName) ?? this.#every.find((each) => each.name.toLowerCase() === name)
    );
  }

  /** Those that people put photos into: what a saved search has is found by itself. */
  lists() {
    return this.#every.filter(({ search }) => !search);
  }

  async addPhotos(id, ids) {
    await this.#change(id, { add: ids });
  }

  async removePhotos(id, ids) {
    await this.#change(id, { remove: ids });
  }

  async #change(id, change) {
    await post(`${path(id)}/photos`, change);
    this.dispatchEvent(new Event("changed"));
    await this.reload();
  }

  /** Put photos of a list before another one of it, or at its end. */
  async place(id, ids, before) {
    await post(`${path(id)}/photos`, { add: ids, ...(before && { before }) });
  }

  /** Change its name, its description or its cover. */
  async change(id, values) {
    await patch(path(id), values);
    await this.reload();
  }

  /** Delete it; its photos stay. */
  async delete(id) {
    await remove(path(id));
    await this.reload();
  }

  /** Make one of these photos, or of what a search finds; resolves to its record. */
  async create(name, ids, search) {
    const made = await post("/api/collections", search ? { name, search } : { name, ids });
    await this.reload();
    return made;
  }
}

export const collections = new Collections();

/** The collection that the library shows, as far as it is known. */
export const shownCollection = () => collections.find(state.filters.collection?.[0]);

const ID = /^[0-9a-f]{32}$/;

/** The id of a list whose photos are shown in the order that people gave them: nothing else narrows them down. */
export function orderedCollection({ q, sort, filters }) {
  const [id] = filters.collection ?? [];
  return !q && sort === OWN_ORDER && Object.keys(filters).length === 1 && ID.test(id) ? id : "";
}
