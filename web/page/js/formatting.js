/** Dates and sizes as text. A photo's time is shown in the time zone it was taken in. */

import { LANGUAGE } from "./strings.js";

const MONTH = new Intl.DateTimeFormat(LANGUAGE, { month: "long", year: "numeric", timeZone: "UTC" });
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });

/** When a photo was taken, in its own time zone where that is known. */
export function formatTakenAt(photo) {
  const date = new Date(photo.taken_at);
  const style = { dateStyle: "long", timeStyle: "short" };
  try {
    return new Intl.DateTimeFormat(LANGUAGE, { ...style, timeZone: photo.taken_at_zone || "UTC" }).format(date);
  } catch {
    return new Intl.DateTimeFormat(LANGUAGE, { ...style, timeZone: "UTC" }).format(date);
  }
}

/** `2024`, `2024-05` or `2024-05-31` as people write it. */
export function formatPeriod(text) {
  if (/^\d{4}$/.test(text)) return text;
  const date = new Date(/^\d{4}-\d\d$/.test(text) ? `${text}-01` : text);
  if (Number.isNaN(date.getTime())) return text;
  if (text.length === 7) return MONTH.format(date);
  return new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "long", timeZone: "UTC" }).format(date);
}

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
