/**
 * The collections of the library: lists that people keep, and saved searches.
 *
 * They are asked for when something first needs them: who uses none, pays no request.
 */

import { get, post } from "../api.js";

const path = (id) => `/api/collections/${encodeURIComponent(id)}`;

/** Fires `loaded`, and `changed` when a list has got or lost photos. */
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

  /** Make one of these photos; resolves to its record. */
  async create(name, ids) {
    const made = await post("/api/collections", { name, ids });
    await this.reload();
    return made;
  }
}

export const collections = new Collections();
