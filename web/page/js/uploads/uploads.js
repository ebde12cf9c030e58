/** Files that are added to the library; what checks, sends and lists them is loaded with the first ones. */

import { connection } from "../api.js";
import { loaded } from "../lazyView.js";

const EVENTS = ["searchable", "replaced", "removed"];

/** Fires what the queue does: `searchable`, `replaced` and `removed`. */
export class Uploads extends EventTarget {
  #host;
  #queue = null; // a promise of it
  #waiting = []; // files, until there is a queue

  /** The list of files is appended to `host`. */
  constructor(host) {
    super();
    this.#host = host;
  }

  /** Add files: `[{file, path}]`. Where the server does not answer they wait until it does. */
  async add(files) {
    this.#waiting.push(...files);
    if (!this.#waiting.length) return;
    this.#queue ??= loaded(() => this.#load());
    const queue = await this.#queue;
    if (queue) {
      queue.add(this.#waiting.splice(0));
      return;
    }
    this.#queue = null;
    connection.addEventListener("online", () => this.add([]), { once: true });
  }

  async #load() {
    const { UploadQueue } = await import("./uploadQueue.js");
    const { UploadPanel } = await import("./uploadPanel.js");
    const queue = new UploadQueue();
    for (const name of EVENTS) queue.addEventListener(name, () => this.dispatchEvent(new Event(name)));
    this.#host.append(new UploadPanel(queue).element);
    return queue;
  }
}
