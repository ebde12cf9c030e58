/**
 * Jobs on the server, as far as this page knows of them: those that it has started, also before it was loaded again.
 *
 * Which are under way is kept in the browser, so that a page without any asks for none.
 */

import { get, post, remove } from "../api.js";

const KEPT = "jobs"; // ids of those under way
const FIRST_WAIT = 300; // milliseconds until it is asked how far a job is; then longer and longer
const LONGEST_WAIT = 3000;
const ENDED = ["done", "cancelled", "failed"];

export const hasEnded = ({ state }) => ENDED.includes(state);

/** Fires `changed` when one is further, and `ended` with its record, as far as it is not an old one. */
class Jobs extends EventTarget {
  #running = new Map(); // records by id

  /** Records of those under way. */
  get running() {
    return [...this.#running.values()];
  }

  /** Watch those again that were under way when the page was left. */
  resume() {
    for (const id of keptIds()) this.#watch({ id, state: "waiting", position: 0, total: 0 });
  }

  /** Make a job; resolves to its record. A 409 has `count`, how many photos there are, where others were expected. */
  async start(body) {
    return this.#watch(await post("/api/jobs", body));
  }

  /** Make a job that takes back what another did. */
  async undo(id) {
    return this.#watch(await post(`/api/jobs/${id}/undo`));
  }

  async cancel(id) {
    const job = await (await remove(`/api/jobs/${id}`)).json();
    this.#replace(job);
    return job;
  }

  /** The last ones, of everybody, the latest first. */
  recent(top) {
    return get("/api/jobs", { top });
  }

  /** A job with what was wrong with which photos. */
  read(id, top) {
    return get(`/api/jobs/${id}`, { top });
  }

  #watch(job) {
    this.#replace(job);
    this.#follow(job.id);
    return job;
  }

  async #follow(id) {
    for (let wait = FIRST_WAIT; this.#running.has(id); wait = Math.min(wait * 1.5, LONGEST_WAIT)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        this.#replace(await this.read(id, 1));
      } catch (error) {
        if ([401, 403, 404].includes(error.status)) this.#forget(id);
      }
    }
  }

  #replace(job) {
    const isKnown = this.#running.has(job.id);
    if (hasEnded(job)) this.#running.delete(job.id);
    else this.#running.set(job.id, job);
    keep([...this.#running.keys()]);
    this.dispatchEvent(new Event("changed"));
    if (isKnown && hasEnded(job)) this.dispatchEvent(new CustomEvent("ended", { detail: job }));
  }

  #forget(id) {
    this.#running.delete(id);
    keep([...this.#running.keys()]);
    this.dispatchEvent(new Event("changed"));
  }
}

export const jobs = new Jobs();

/** Where the browser keeps nothing, the panel still lists the jobs of the server. */
function keep(ids) {
  try {
    if (ids.length) localStorage.setItem(KEPT, JSON.stringify(ids));
    else localStorage.removeItem(KEPT);
  } catch {}
}

function keptIds() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}
