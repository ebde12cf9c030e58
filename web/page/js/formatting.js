/** Dates and sizes as text. The time a photo was taken is that of the clock on the wall, in whatever zone one reads it. */

import { LANGUAGE, strings } from "./strings.js";

/** How its reader writes dates, if in the page's language: "1 May 2024" in Britain, "May 1, 2024" in the United States. */
const LOCALE = navigator.languages.find((tag) => tag.split("-")[0].toLowerCase() === LANGUAGE) ?? LANGUAGE;
const IN_UTC = { timeZone: "UTC" }; // in which wall clocks are held, so that no zone moves them
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", ...IN_UTC });
const MONTH_NAME = new Intl.DateTimeFormat(LOCALE, { month: "short", ...IN_UTC });
const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", ...IN_UTC });
const TIME = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeStyle: "short", ...IN_UTC });
const READERS_DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long" });
const READERS_TIME = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const PERIOD = /^(\d{4}-\d\d(?:-\d\d)?)(?:[T ](\d\d:\d\d)[\d:.]*\s?(Z|[+-]?\d\d:?\d\d)?)?$/i;
const PRECISIONS = { year: 4, month: 7, day: 10 }; // characters of a time that are known

/** When a photo was taken, as much of it as is known, and what the clock was ahead of UTC. */
export function formatTaken({ taken_local, taken_precision, taken_zone }) {
  const known = taken_local.slice(0, PRECISIONS[taken_precision]);
  return formatPeriod(known + (known.length > 10 ? (taken_zone ?? "") : ""));
}

/** The day on which a photo was taken, or the month or year if no more is known, as a filter takes it. */
export const takenPeriod = ({ taken_local, taken_precision }) =>
  taken_local.slice(0, PRECISIONS[taken_precision] ?? 10);

/** `2024`, `2024-05`, `2024-05-31` or a moment as people write it. */
export function formatPeriod(text) {
  const [, date, time, offset] = PERIOD.exec(text) ?? [];
  const moment = new Date(time ? `${date}T${time}Z` : date);
  if (Number.isNaN(moment.getTime())) return text;
  if (time) return withOffset(TIME.format(moment), offset);
  return (date.length === 7 ? MONTH : DAY).format(moment);
}

function withOffset(text, offset) {
  if (!offset) return text;
  const isUtc = /^(z|\+00:?00)$/i.test(offset);
  return `${text} (UTC${isUtc ? "" : offset.replace("-", "−").replace(/^\d/, "+$&")})`;
}

/** A month of the year, `05`, by its short name. */
export const formatMonth = (month) => MONTH_NAME.format(new Date(`2024-${month}-01`));

/** An instant by the clock of the reader. */
export const formatMoment = (at) => READERS_TIME.format(new Date(at));

/** The day of an instant where the reader is. */
export const formatDay = (text) => READERS_DAY.format(new Date(text));

/** A range of months, both as `2024-05`, the earlier one first. */
export function formatMonthRange(first, last) {
  if (first === last) return formatPeriod(first);
  const [from, to] = [first, last].map((month) => new Date(`${month}-01`));
  if (first.slice(0, 4) !== last.slice(0, 4)) return `${first.slice(0, 4)} – ${last.slice(0, 4)}`;
  return MONTH.formatRange(from, to);
}

/** `2024-12` comes after `2024-11`. */
export function monthAfter(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}

/** A time relative to now: in 5 minutes, 2 hours ago. */
export function formatRelativeTime(text) {
  const seconds = (new Date(text) - Date.now()) / 1000;
  for (const [unit, length] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ]) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.round(seconds / length), unit);
  }
  return RELATIVE.format(Math.round(seconds), "second");
}

/** Bytes as kB or MB. */
export function formatBytes(bytes) {
  const [unit, size] = bytes < 1e6 ? ["kilobyte", bytes / 1e3] : ["megabyte", bytes / 1e6];
  const digits = { style: "unit", unit, maximumFractionDigits: size < 10 ? 1 : 0 };
  return new Intl.NumberFormat(LANGUAGE, digits).format(size);
}

/** Who did something, as the app names them: with a key for everybody nobody has a name. */
export const formatPerson = (name) => (name === "function key" ? strings.notSignedIn : name);
