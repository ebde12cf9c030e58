/** How things are: counts, today's spending, the health of the services, and photos in trouble with a way out. */

import { get, news, post } from "./api.js";
import { fromNow } from "./dates.js";
import { button, fill, h, icon } from "./dom.js";
import { changed, go, leave, state } from "./state.js";
import { number, words } from "./strings.js";
import { toast } from "./toast.js";

const RARELY = 20_000; // milliseconds between looks when nothing happens
const OFTEN = 3_000;
const TROUBLES = 200;

export class Status {
  #shelf;
  #counts = null;
  #timer = 0;
  #seen = null; // how many were searchable when the library was last drawn

  constructor(shelf, uploads) {
    this.#shelf = shelf;
    this.pill = button(words.status, { icon: "pulse", id: "pill", onclick: () => go({ view: "status" }) });
    this.fresh = button("", { id: "fresh", icon: "again", hidden: true, onclick: () => this.#showFresh() });
    document.body.append(this.fresh);
    this.body = h("div", { class: "body" });
    const close = button(words.close, { icon: "close", bare: true, class: "quiet", onclick: () => leave("view") });
    this.dialog = h(
      "dialog",
      { id: "status", "aria-labelledby": "status-title" },
      h("div", { class: "head" }, h("h2", { id: "status-title" }, words.status), close),
      this.body,
    );
    this.dialog.addEventListener("cancel", (event) => (event.preventDefault(), leave("view")));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && leave("view"));
    document.body.append(this.dialog);
    uploads.addEventListener("arrived", () => this.#soon());
    changed.addEventListener("change", () => this.#follow());
    news.addEventListener("back", () => this.#soon());
    document.addEventListener("visibilitychange", () => this.#soon());
  }

  begin() {
    this.#follow();
    this.#look();
  }

  #follow() {
    const open = state.view === "status";
    if (open === this.dialog.open) return;
    if (!open) return this.dialog.close();
    this.dialog.showModal();
    this.#soon();
  }

  #soon(wait = 300) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), wait);
  }

  async #look() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      this.#counts = await get("/api/status");
      this.#drawPill();
      this.#compare();
      if (this.dialog.open) await this.#detail();
    } catch (error) {
      if (this.dialog.open && !this.#counts) fill(this.body, h("p", { class: "note bad" }, error.message));
    }
    const busy = this.dialog.open || (this.#counts && this.#counts.waiting + this.#counts.retrying > 0);
    this.#soon(busy ? OFTEN : RARELY);
  }

  #drawPill() {
    const { indexed, waiting, retrying, failed } = this.#counts;
    const open = waiting + retrying;
    const text = failed ? words.pill.failed(failed) : open ? words.pill.busy(open) : words.pill.ok(indexed);
    this.pill.className = failed ? "bad" : open ? "busy" : "";
    this.pill.lastElementChild.textContent = text;
    this.pill.setAttribute("aria-label", `${words.status}: ${text}`);
  }

  /** New photos do not push others around while somebody looks: they are offered. At the top they just appear. */
  #compare() {
    const { indexed } = this.#counts;
    this.#seen ??= indexed;
    const more = indexed - this.#seen;
    if (more === 0) return;
    if (more < 0 || this.#shelf.isAtRest) return void this.#showFresh();
    this.fresh.hidden = false;
    this.fresh.lastElementChild.textContent = words.fresh(more);
  }

  async #showFresh() {
    this.#seen = this.#counts.indexed;
    this.fresh.hidden = true;
    await this.#shelf.refresh();
  }

  // -- the dialog ---------------------------------------------------------------------------

  async #detail() {
    const [health, { total, failures }] = await Promise.all([health_(), get("/api/failures", { top: TROUBLES })]);
    const focused = document.activeElement?.dataset?.again;
    fill(this.body, this.#numbers(), this.#spend(), services(health), this.#troubles(total, failures));
    if (focused) this.body.querySelector(`[data-again="${CSS.escape(focused)}"]`)?.focus();
  }

  #numbers() {
    const tiles = Object.entries(words.counts).map(([name, label]) =>
      h(
        "div",
        { class: name === "failed" && this.#counts.failed ? "trouble" : "" },
        h("dd", {}, number(this.#counts[name] ?? 0)),
        h("dt", {}, label),
      ),
    );
    return h("dl", { class: "numbers" }, tiles);
  }

  #spend() {
    const { captions_today: today, captions_per_day: cap } = this.#counts;
    if (today === undefined || today === null) return false;
    // Green while there is room, yellow when it gets close, red when it is used up.
    const limits = { min: 0, max: cap, low: cap * 0.8, high: cap - 0.5, optimum: 0 };
    const bar = cap > 0 && h("meter", { ...limits, value: Math.min(today, cap), "aria-label": words.spend });
    const text = cap > 0 ? words.spendOf(today, cap) : words.spendFree(today);
    return h(
      "section",
      {},
      h("h3", {}, words.spend),
      h("p", {}, text),
      bar,
      cap > 0 && today >= cap && h("p", { class: "note" }, words.spendPaused),
    );
  }

  #troubles(total, failures) {
    const failed = failures.filter((each) => each.state === "failed").length;
    const all =
      failed > 1 &&
      button(words.retryAll, { icon: "again", "data-again": "all", onclick: () => this.#again("/api/failures/retry") });
    const rows = failures.map((each) => this.#trouble(each));
    const rest = total > failures.length && h("p", {}, words.moreFiles(total - failures.length));
    return h(
      "section",
      {},
      h("div", { class: "row" }, h("h3", {}, words.troubles), all),
      rows.length ? h("ul", { class: "troubles" }, rows) : h("p", {}, words.noTroubles),
      rest,
    );
  }

  #trouble({ id, path, state: how, reason, attempts, next_attempt_at: next }) {
    const facts = [words.tries(attempts), how === "retrying" && next && words.nextTry(fromNow(next))].filter(Boolean);
    const again = button(words.retry, {
      icon: "again",
      "aria-label": words.retryOne(path),
      "data-again": id,
      onclick: () => this.#again(`/api/failures/${id}/retry`),
    });
    return h(
      "li",
      { class: how },
      h("div", {}, h("strong", {}, path), h("p", {}, reason), h("p", { class: "soft" }, facts.join(" · "))),
      again,
    );
  }

  async #again(path) {
    try {
      await post(path);
      toast(words.retried);
      this.#soon();
    } catch (error) {
      toast(error.message);
    }
  }
}

/** The report comes with 503, too, when something is down. */
async function health_() {
  try {
    return await (await fetch("/api/health")).json();
  } catch {
    return null;
  }
}

function services(health) {
  if (!health?.checks)
    return h(
      "section",
      {},
      h("h3", {}, words.health),
      h("p", { class: "note bad" }, health?.error?.message ?? words.noAnswer),
    );
  const rows = Object.entries(health.checks).map(([name, said]) => {
    const well = said === "ok";
    return h(
      "li",
      { class: well ? "well" : "bad" },
      icon(well ? "check" : "info"),
      h("span", {}, words.services[name] ?? name),
      h("span", { class: "soft" }, well ? words.ok : said),
    );
  });
  return h("section", {}, h("h3", {}, words.health), h("ul", { class: "services" }, rows));
}
