/** From and to: days, months or whole years that photos were taken in, as a form above the months. */

import { button, h } from "../dom.js";
import { formatMonth, monthAfter } from "../formatting.js";
import { strings } from "../strings.js";
import { navigate, state } from "../urlState.js";

const MONTHS = Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(2, "0"));
const EARLIEST = 1000;
const LATEST = 9998;

let shown = null; // the form and the dates it was made for

/** The form, with the dates that the search is narrowed to; what somebody has entered stays until these change. */
export function dateRange() {
  const dates = String([state.filters.taken_after, state.filters.taken_before]);
  if (shown?.dates !== dates) shown = { dates, form: newForm() };
  return shown.form;
}

function newForm() {
  const from = new DateParts("from", strings.from, state.filters.taken_after?.[0] ?? "");
  const to = new DateParts("to", strings.until, dayBefore(state.filters.taken_before?.[0] ?? ""));
  const error = h("p", { class: "form-error", role: "alert" });
  const isSet = state.filters.taken_after || state.filters.taken_before;
  const onsubmit = (event) => {
    event.preventDefault();
    error.textContent = faultOf(from, to);
    if (!error.textContent) apply(from.text, to.text);
  };
  return h(
    "form",
    { class: "date-range", noValidate: true, "aria-label": strings.dateRange, onsubmit },
    from.element,
    to.element,
    error,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "submit", "data-facet": "dates=apply" }, strings.showDates),
      isSet &&
        button(strings.clearDates, { class: "text-button", "data-facet": "dates=clear", onclick: () => apply() }),
    ),
  );
}

function apply(from = "", to = "") {
  const { taken_after: _, taken_before: __, ...others } = state.filters;
  const after = from && { taken_after: [from] };
  const before = to && { taken_before: [periodAfter(to)] };
  navigate({ filters: { ...others, ...after, ...before } });
}

function faultOf(from, to) {
  const fault = [from, to].find((each) => each.isWrong);
  if (fault) {
    fault.year.focus();
    return strings.wrongDate;
  }
  if (from.text && to.text && from.text > periodEnd(to.text)) {
    to.year.focus();
    return strings.datesReversed;
  }
  return "";
}

/** A year, and perhaps a month and a day of it. */
class DateParts {
  constructor(name, label, text) {
    const [year = "", month = "", day = ""] = text.slice(0, 10).split("-");
    this.year = h("input", {
      type: "text",
      inputMode: "numeric",
      maxLength: 4,
      value: year,
      placeholder: strings.yearHint,
      "aria-label": strings.partOf(label, strings.year),
      "data-facet": `dates=${name}-year`,
    });
    this.month = select(MONTHS, month, formatMonth, strings.partOf(label, strings.month), `dates=${name}-month`);
    const days = Array.from({ length: 31 }, (_, index) => String(index + 1).padStart(2, "0"));
    this.day = select(days, day, Number, strings.partOf(label, strings.day), `dates=${name}-day`);
    this.month.addEventListener("change", () => this.#offerDays());
    this.#offerDays();
    this.element = h("fieldset", {}, h("legend", {}, label), this.year, this.month, this.day);
  }

  #offerDays() {
    this.day.disabled = !this.month.value;
    if (this.day.disabled) this.day.value = "";
  }

  get text() {
    return [this.year.value.trim(), this.month.value, this.day.value].filter(Boolean).join("-");
  }

  get isWrong() {
    if (!this.text) return false;
    const year = Number(this.year.value);
    if (!/^\d{4}$/.test(this.year.value.trim()) || year < EARLIEST || year > LATEST) return true;
    return this.text.length === 10 && isoDay(new Date(`${this.text}T00:00:00Z`)) !== this.text;
  }
}

function select(values, chosen, label, name, facet) {
  const options = values.map((value) => h("option", { value, selected: value === chosen }, String(label(value))));
  const none = h("option", { value: "" }, "–");
  return h("select", { "aria-label": name, "data-facet": facet }, none, options);
}

const isoDay = (date) => (Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10));

/** The first day, month or year after a period: what lies before it is in the period, or earlier. */
function periodAfter(text) {
  if (text.length === 4) return String(Number(text) + 1);
  if (text.length === 7) return monthAfter(text);
  return isoDay(new Date(Date.parse(`${text}T00:00:00Z`) + 86_400_000));
}

/** The period that ends before another one begins: `2024` where all before 2025 is meant. */
function dayBefore(text) {
  if (!/^\d{4}(-\d\d(-\d\d)?)?$/.test(text)) return "";
  if (text.length === 4) return String(Number(text) - 1);
  const day = isoDay(new Date(Date.parse(text.length === 7 ? `${text}-01` : text) - 86_400_000));
  return text.length === 7 ? day.slice(0, 7) : day;
}

/** The last text that begins with a period, to compare it with others. */
const periodEnd = (text) => `${text}\uffff`;
