/** The last view where it is needed, which it seldom is: only then is it loaded. */

async function load(isNeeded) {
  if (!window.caches) return undefined;
  if (!isNeeded && !(await caches.keys()).some((name) => name.startsWith("last view "))) return undefined;
  const { lastViews } = await import("./lastView.js");
  return lastViews;
}

/** Who asks, as `/api/me` tells: what was kept for somebody else is deleted. */
export const tellCaller = async (me) => (await load())?.setCaller(me);

/** Delete the last view; resolves once it is gone. */
export const forgetLastView = async () => (await load(true))?.forget();

/** What the last view has in place of the server's answer: `{answer, at}`, or nothing. */
export const recallFromLastView = async (path) => (await load())?.recall(path);

/** The addresses of pictures that the last view has, by id. */
export const picturesOfLastView = async (ids) => (await load())?.keptPictures(ids);

/** The last view itself: `{at, page}`, or nothing. */
export const findLastView = async () => (await load())?.lastView();
