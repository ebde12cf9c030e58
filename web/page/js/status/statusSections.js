/** What the status dialog tells of the library: counts, what was spent, what models refuse, and the health of services. */

import { button, h, icon } from "../dom.js";
import { formatNumber, strings } from "../strings.js";
import { navigate } from "../urlState.js";

export function countTiles(counts) {
  const tiles = Object.entries(strings.counts).map(([name, label]) =>
    h(
      "div",
      { class: name === "failed" && counts.failed ? "has-failures" : "" },
      h("dd", {}, formatNumber(counts[name] ?? 0)),
      h("dt", {}, label),
    ),
  );
  return h("dl", { class: "counts" }, tiles);
}

/** The way to what was deleted, for those who may restore it. */
export function trashLink({ trash }) {
  if (trash === undefined) return false;
  const show = () => navigate({ view: "trash" });
  return h(
    "section",
    { class: "needs-editor" },
    h("h3", {}, strings.trash),
    h(
      "div",
      { class: "row" },
      h("p", {}, strings.inTrash(trash)),
      trash > 0 && button(strings.showTrash, { icon: "trash", "data-retry": "trash", onclick: show }),
    ),
  );
}

/** The way to what was done to many photos lately, which can be undone there. */
export function jobsLink() {
  const show = () => navigate({ view: "jobs" });
  const open = button(strings.showJobList, { icon: "history", "data-retry": "jobs", onclick: show });
  return h("section", { class: "needs-editor" }, h("h3", {}, strings.jobsTitle), h("div", { class: "row" }, open));
}

/** The way to what the library agrees on; who may not change it may read it. */
export function catalogueLink() {
  const show = () => navigate({ view: "catalogue" });
  const open = button(strings.showAgreed, { icon: "edit", "data-retry": "catalogue", onclick: show });
  return h("section", {}, h("h3", {}, strings.agreed), h("div", { class: "row" }, open));
}

/** The way to the rules of who sees what, for those who may write them. */
export function accessLink() {
  const show = () => navigate({ view: "access" });
  const edit = button(strings.showAccess, { icon: "edit", "data-retry": "access", onclick: show });
  return h("section", { class: "needs-admin" }, h("h3", {}, strings.access), h("div", { class: "row" }, edit));
}

/** Photos that are searchable, and will be so by other words. */
export function refreshing({ refreshing: count = 0 }) {
  return count > 0 && h("p", {}, strings.refreshing(count));
}

/** Sidecars and movies beside photos, and what programs leave in folders: nobody waits for these. */
export function otherFiles({ attached = 0, ignored = 0 }) {
  return attached + ignored > 0 && h("p", { class: "muted" }, strings.otherFiles(attached, ignored));
}

export function captionSpending({ captions_today: today, captions_per_day: limit }) {
  if (today === undefined || today === null) return false;
  // Green while there is room, yellow when it gets close, red when it is used up.
  const levels = { min: 0, max: limit, low: limit * 0.8, high: limit - 0.5, optimum: 0 };
  return h(
    "section",
    {},
    h("h3", {}, strings.captionsToday),
    h("p", {}, limit > 0 ? strings.captionsOfLimit(today, limit) : strings.captionsWithoutLimit(today)),
    limit > 0 && h("meter", { ...levels, value: Math.min(today, limit), "aria-label": strings.captionsToday }),
    limit > 0 && today >= limit && h("p", { class: "note" }, strings.captionLimitReached),
  );
}

/** The answers of today and their tokens, a line for each key; the limit is for each of them too. */
export function chatSpending({ chat_today: keys = {}, chat_tokens_per_day: limit = 0 }) {
  const lines = Object.entries(keys).map(([name, { answers, tokens }]) =>
    h("p", {}, `${name}: ${strings.chatAnswers(answers)}, ${strings.chatTokens(tokens, limit)}`),
  );
  return lines.length > 0 && h("section", {}, h("h3", {}, strings.chatToday), lines);
}

/** What models cost today, a line for each model and purpose, and what runs anyway; only admins are told. */
export function modelBill({ bill }) {
  if (!bill) return false;
  const money = (value) => strings.billMoney(value, bill.currency);
  const limit = bill.budget_per_day;
  const levels = { min: 0, max: 1, low: 0.8, high: 0.995, optimum: 0 };
  return h(
    "section",
    {},
    h("h3", {}, strings.billToday),
    h(
      "p",
      {},
      limit > 0 ? strings.billOfBudget(money(bill.cost), money(limit)) : strings.billWithoutBudget(money(bill.cost)),
    ),
    limit > 0 && h("meter", { ...levels, value: Math.min(bill.budget_used, 1), "aria-label": strings.billToday }),
    limit > 0 && bill.budget_used >= 0.995 && h("p", { class: "note" }, strings.budgetSpent),
    perPurpose(bill.lines).map((each) => billLine(each)),
    bill.unpriced.length > 0 && h("p", { class: "note" }, strings.billUnpriced(bill.unpriced.join(", "))),
    bill.ranker_queries > 0 && h("p", { class: "muted" }, strings.billRanker(bill.ranker_queries)),
    bill.search_month !== null && h("p", { class: "muted" }, strings.billOfSearch(money(bill.search_month))),
  );
}

const COUNTS = ["input", "cached", "output", "reasoning"];

/** The lines of all people together, by model and purpose. */
function perPurpose(lines) {
  const sums = new Map();
  for (const line of lines) {
    const key = JSON.stringify([line.model, line.purpose, line.currency]);
    const sum = sums.get(key);
    if (!sum) {
      sums.set(key, { ...line });
      continue;
    }
    for (const name of COUNTS) sum[name] += line[name];
    if (line.cost !== null) sum.cost = (sum.cost ?? 0) + line.cost;
  }
  return [...sums.values()];
}

function billLine({ model, purpose, cost, currency, input, cached, output, reasoning }) {
  const amount = cost === null ? strings.billNoPrice : strings.billMoney(cost, currency);
  const name = strings.billPurposes[purpose] ?? purpose;
  return h(
    "p",
    {},
    `${model}, ${name}: ${amount}`,
    h("br"),
    h("span", { class: "muted" }, strings.billTokens(input, cached, output, reasoning)),
  );
}

/** What a model refuses, and what does not work therefore. */
export function modelLimitations({ limitations = [] }) {
  if (!limitations.length) return false;
  const sentences = limitations.map((each) => h("li", { class: "note" }, each));
  return h("section", {}, h("h3", {}, strings.limitations), h("ul", { class: "limitations" }, sentences));
}

/** What can be reached, from the counts or from the error that comes in their place. */
export function serviceHealth({ checks }) {
  if (!checks) return false;
  const list = Object.entries(checks).map(([name, result]) => service(name, result));
  return h("section", {}, h("h3", {}, strings.services), h("ul", { class: "services" }, list));
}

function service(name, result) {
  const isOk = result === "ok";
  return h(
    "li",
    { class: isOk ? "ok" : "error" },
    icon(isOk ? "check" : "info"),
    h("span", {}, strings.serviceNames[name] ?? name),
    h("span", { class: "muted" }, isOk ? strings.ok : result),
  );
}
