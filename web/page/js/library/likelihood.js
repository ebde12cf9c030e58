/** Photos that a search likely means, and those that merely come next. */

/** The photos of a page as `{likely, others}`: the likely ones come first, and all are where the service does not tell. */
export function splitByLikelihood(photos) {
  const end = photos.findIndex(({ likely }) => likely === false);
  return end < 0 ? { likely: photos, others: [] } : { likely: photos.slice(0, end), others: photos.slice(end) };
}
