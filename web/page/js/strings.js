/** The strings of the page in a language that its reader reads, as the browser tells; English comes with the page. */

import * as english from "./strings/en.js";

const OTHERS = {
  de: () => import("./strings/de.js"),
  es: () => import("./strings/es.js"),
  fr: () => import("./strings/fr.js"),
};

/** The first of the languages somebody prefers that the page has. */
function preferredLanguage(languages) {
  const primary = languages.map((tag) => tag.split("-")[0].toLowerCase());
  return primary.find((language) => language === english.LANGUAGE || language in OTHERS);
}

/** A language that cannot be loaded is no reason to show nothing. */
const load = OTHERS[preferredLanguage(navigator.languages)];
export const { LANGUAGE, formatNumber, strings } = (await load?.().catch(() => null)) ?? english;
