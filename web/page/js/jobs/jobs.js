/**
 * Jobs on the server, as far as this page knows of them: those that it has started, also before it was loaded again.
 *
 * Which are under way is kept in the browser, so that a page without any asks for none. Each has an entry of its own:
 * other tabs, which know of other jobs, write there too.
 */

import { get, post, remove } from "../api.js";

const KEPT = "job "; // before the id of one that is under way
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
    if (hasEnded(job)) this.#drop(job.id);
    else {
      this.#running.set(job.id, job);
      keep(job.id);
    }
    this.dispatchEvent(new Event("changed"));
    if (isKnown && hasEnded(job)) this.dispatchEvent(new CustomEvent("ended", { detail: job }));
  }

  #forget(id) {
    this.#drop(id);
    this.dispatchEvent(new Event("changed"));
  }

  #drop(id) {
    this.#running.delete(id);
    forget(id);
  }
}

export const jobs = new Jobs();

/** Where the browser keeps nothing, the panel still lists the jobs of the server. */
function keep(id) {
  try {
    localStorage.setItem(KEPT + id, "");
  } catch {}
}

function forget(id) {
  try {
    localStorage.removeItem(KEPT + id);
  } catch {}
}

function keptIds() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(KEPT));
    return names.map((name) => name.slice(KEPT.length));
  } catch {
    return [];
  }
}
