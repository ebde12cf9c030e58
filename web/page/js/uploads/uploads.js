/** Files that are added to the library; what checks, sends and lists them is loaded with the first ones. */

import { connection } from "../api.js";
import { loaded } from "../lazyView.js";
import { may } from "../rights.js";
import { tableAmong, targetFolder } from "./selectedFiles.js";

const EVENTS = ["searchable", "replaced", "removed"];

/** Fires what the queue does: `searchable`, `replaced` and `removed`. */
export class Uploads extends EventTarget {
  #host;
  #bringBack;
  #queue = null; // a promise of it
  #waiting = []; // files, until there is a queue

  /** The list of files is appended to `host`; `bringBack(file)` takes an edited table that was among them. */
  constructor(host, bringBack) {
    super();
    this.#host = host;
    this.#bringBack = bringBack;
  }

  /** Add files, `[{file, path}]`, to the folder that is shown. Where the server does not answer they wait until it does. */
  async add(files) {
    const table = may("editor") && tableAmong(files);
    if (table) this.#bringBack(table.file);
    const folder = targetFolder();
    const photos = files.filter((each) => each !== table);
    this.#waiting.push(...photos.map(({ file, path }) => ({ file, path: folder ? `${folder}/${path}` : path })));
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
