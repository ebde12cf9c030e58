/** A file that the whole library goes by: what it says now, and another in its place, which is tried first. */

import { getRaw, put } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { saveBlob } from "../export/exportFile.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";

const FEW = 30; // names in one line

export class AgreedFile {
  #kind;
  #actions;
  #etag = null;

  /**
   * `kind` has its `path`, `role`, `accept`, `words`, `content(record)`, what is there as elements, `query(file)`, the
   * parameters that a file is sent with, and `download(record)` as well as `example`, each `{name, blob()}`. `actions` has
   * `took()`, for when another file counts, and `describe()`, to have photos described again.
   */
  constructor(kind, actions) {
    this.#kind = kind;
    this.#actions = actions;
    this.content = h("div", { class: "agreed-content" });
    this.notes = h("div", { class: "agreed-notes", role: "status" });
    this.input = h("input", { type: "file", accept: kind.accept, hidden: true });
    this.input.addEventListener("change", () => this.#take());
    this.element = h(
      "section",
      {},
      h("h3", {}, kind.words.title),
      h("p", { class: "muted" }, kind.words.hint),
      this.content,
      this.notes,
      this.input,
    );
  }

  /** Show what counts now. */
  async read() {
    setChildren(this.notes);
    await this.#read();
  }

  async #read() {
    const { path, content, download, example, role, words } = this.#kind;
    try {
      const response = await getRaw(path);
      const record = await response.json();
      this.#etag = response.headers.get("ETag");
      const choose = () => this.input.click();
      const isEmpty = !content(record);
      setChildren(
        this.content,
        isEmpty ? h("p", {}, words.none) : content(record),
        h(
          "div",
          { class: "row" },
          button(words.choose, { icon: "upload", class: `needs-${role}`, onclick: choose }),
          isEmpty
            ? button(strings.downloadExample, { icon: "download", onclick: () => save(example) })
            : button(strings.downloadFile, { icon: "download", onclick: () => save(download(record)) }),
        ),
      );
    } catch (error) {
      setChildren(this.content, h("p", { class: "note error", role: "alert" }, error.message));
    }
  }

  /** Try the file that was chosen, and show what it would change. */
  async #take() {
    const [file] = this.input.files;
    this.input.value = "";
    if (file) await this.#try(file);
  }

  async #try(file, note) {
    setChildren(this.notes, h("p", {}, strings.checkingFile(file.name)));
    try {
      const result = await (await this.#send(file, { dry_run: true })).json();
      const apply = () => this.#apply(file);
      const actions = [
        hasDifferences(result) && button(strings.putInForce, { class: "primary", icon: "check", onclick: apply }),
        button(strings.cancel, { onclick: () => setChildren(this.notes) }),
      ];
      setChildren(
        this.notes,
        h("h4", { dir: "auto" }, file.name),
        note && h("p", { class: "note" }, note),
        differences(result),
        result.asks_anew && h("p", {}, strings.wouldAskAnew),
        h("div", { class: "row" }, actions),
      );
    } catch (error) {
      this.#drawError(file, error);
    }
  }

  async #apply(file) {
    for (const each of this.notes.querySelectorAll("button")) each.disabled = true;
    try {
      const result = await (await this.#send(file, {})).json();
      toast(strings.isInForce(file.name));
      await this.#read();
      const describe = button(strings.describeAgain, {
        icon: "retry",
        class: "needs-admin",
        onclick: () => this.#actions.describe(),
      });
      const notes = [h("p", {}, strings.asksAnew), h("div", { class: "row" }, describe)];
      setChildren(this.notes, result.asks_anew && notes);
      this.#actions.took();
    } catch (error) {
      if (error.status !== 412) {
        this.#drawError(file, error);
        return;
      }
      await this.#read();
      await this.#try(file, strings.agreedMeanwhile);
    }
  }

  #drawError(file, error) {
    const message = h("p", { class: "note error", role: "alert" }, error.message);
    setChildren(this.notes, h("h4", { dir: "auto" }, file.name), message);
  }

  #send(file, params) {
    const { path, query } = this.#kind;
    const condition = this.#etag && !params.dry_run ? { "If-Match": this.#etag } : {};
    return put(`${path}?${new URLSearchParams({ ...query(file), ...params })}`, file, condition);
  }
}

const hasDifferences = ({ added, changed, removed }) => added.length + changed.length + removed.length > 0;

/** What is new, what is not as it was, and what is gone, by name. */
function differences(result) {
  if (!hasDifferences(result)) return h("p", {}, strings.sameAsNow);
  const rows = Object.entries(strings.agreedDifferences).filter(([name]) => result[name].length);
  return h(
    "dl",
    {},
    rows.map(([name, label]) => [h("dt", {}, label(result[name].length)), h("dd", {}, someOf(result[name]))]),
  );
}

/** The first names, and how many more there are. */
export function someOf(names) {
  const more = names.length > FEW && ` ${strings.moreFiles(names.length - FEW)}`;
  return [h("bdi", {}, names.slice(0, FEW).join(", ")), more];
}

async function save({ name, blob }) {
  try {
    saveBlob(name, await blob());
  } catch (error) {
    toast(error.message);
  }
}
