/** Requests for pages of a result: a few at the same time, what is needed now before what was needed earlier. */

const MAX_REQUESTS = 3; // at the same time

export class PageRequests {
  #load;
  #pending = [];
  #running = new Map();

  /** `load({section, skip}, signal)` fetches one page, and does not throw. */
  constructor(load) {
    this.#load = load;
  }

  /** Fetch these pages, the most urgent first. Those of earlier calls that wait are forgotten. */
  need(pages) {
    this.#pending = pages;
    this.#start();
  }

  /** Fetch these before those that wait. */
  needFirst(pages) {
    this.#pending.unshift(...pages);
    this.#start();
  }

  cancel() {
    for (const [, abort] of this.#running) abort.abort();
    this.#running.clear();
    this.#pending = [];
  }

  #start() {
    while (this.#pending.length && this.#running.size < MAX_REQUESTS) {
      const next = this.#pending.shift();
      const key = `${next.section.key}:${next.skip}`;
      if (!this.#running.has(key)) this.#run(key, next);
    }
  }

  async #run(key, page) {
    const abort = new AbortController();
    this.#running.set(key, abort);
    try {
      await this.#load(page, abort.signal);
    } finally {
      if (this.#running.get(key) === abort) this.#running.delete(key);
      this.#start();
    }
  }
}
