/**
 * An input for a number as its reader writes it. The browser's own (`type=number`) goes by the language of the browser, not
 * of the page, and drops a decimal sign that it does not know: 9,50 became 950.
 */

import { h } from "../dom.js";
import { DECIMAL, withDecimalSign } from "../library/ownFields.js";
import { strings } from "../strings.js";

const OTHER = DECIMAL === "." ? "," : ".";
const SIGNS = { ".": String.raw`\.`, ",": "," };
// The other sign is taken as well, but not before three digits, where it may stand between thousands.
const FRACTION = String.raw`\d*${SIGNS[DECIMAL]}\d+|(0|\d+(?=.(\d{1,2}|\d{4,})\b))${SIGNS[OTHER]}\d+|\d+`;
const PATTERN = String.raw`\s*[\-+]?(${FRACTION})([eE][\-+]?\d+)?\s*`;

export const numberInput = (id, value) =>
  h("input", { type: "text", inputMode: "decimal", id, value, pattern: PATTERN, title: strings.numberHint });

/** What is shown of a number, or of none. */
export const numberText = (value) => withDecimalSign(String(value ?? ""));

/** The number in a text that the input takes; an empty text where there is none. */
export const numberIn = (text) => text.trim() && Number(text.replace(",", "."));
