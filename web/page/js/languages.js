/** The `lang` of words that are not the page's own, so that they are read out and hyphenated as what they are. */

/** In HTML an empty `lang` says that nobody knows the language, as of the words in a picture. */
export const UNKNOWN = "";

/** The language of a photo's title, caption, alternative text and tags; those of the first version were in English. */
export const captionLanguage = ({ caption_language: language }) => language || "en";

/** The language that all of these photos are described in; unknown if they differ, or there are none. */
export function commonLanguage(photos) {
  const languages = new Set(photos.map(captionLanguage));
  return languages.size === 1 ? [...languages][0] : UNKNOWN;
}
