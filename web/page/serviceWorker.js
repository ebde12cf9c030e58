/**
 * The service worker: opens the page without a connection, and shows the pictures of the last view.
 *
 * The server is always asked first, so nothing here is shown in place of what it would answer, and the API is left alone.
 * Before this script `web/service_worker.py` puts `self.page`: the version of the page, and the files it may need.
 */

const { version, files } = self.page;
const base = new URL(self.registration.scope).pathname;
const PAGES = `page ${base} `; // caches, each of one version
const VIEWS = `last view ${base} `; // caches, as js/offline/lastView.js names them
const NO_SERVER = [502, 504]; // a proxy that reaches none
const PATIENCE = 5000; // milliseconds for a picture

self.addEventListener("install", (event) => {
  self.skipWaiting(); // it answers with nothing that is older than the server, so no tab has to close first
  event.waitUntil(keepPage());
});

self.addEventListener("activate", (event) => {
  const preload = self.registration.navigationPreload?.enable();
  event.waitUntil(Promise.all([deleteOldPages(), preload, self.clients.claim()]));
});

self.addEventListener("message", (event) => event.waitUntil(keepPictures(event.data)));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || !pathname.startsWith(base)) return;
  const path = pathname.slice(base.length);
  if (request.mode === "navigate") {
    if (!path) event.respondWith(answered(preloaded(event), base));
  } else if (path.startsWith("page/")) event.respondWith(answered(fetch(request), pathname));
  else if (path.startsWith("last-view/")) event.respondWith(keptPicture(pathname));
});

/** Keep the page and all its files; fails where they are of two versions, and is tried again at the next visit. */
async function keepPage() {
  const page = await fetched(new Request(base, { cache: "no-cache" }));
  const named = [...(await page.clone().text()).matchAll(/"([^"]*\/page\/[^"]+\.(?:css|js|woff2))"/g)];
  const paths = files.map((file) => base + file);
  if (named.some(([, path]) => !paths.includes(path))) throw new Error("the page has changed meanwhile");
  const cache = await caches.open(PAGES + version);
  await Promise.all(paths.map(async (path) => cache.put(path, (await kept(path)) ?? (await fetched(path)))));
  await cache.put(base, page);
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok || response.redirected) throw new Error(`${response.status} for ${response.url}`);
  return response;
}

async function deleteOldPages() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== PAGES + version);
  await Promise.all(old.map((name) => caches.delete(name)));
}

const preloaded = async ({ preloadResponse, request }) => (await preloadResponse) ?? fetch(request);

/** What the server answers or, if it does not, what is kept of this path. */
async function answered(answer, path) {
  const response = await answer.catch(() => null);
  if (response && !NO_SERVER.includes(response.status)) return response;
  return (await kept(path)) ?? response ?? Response.error();
}

/** A file of the page that is kept; its address changes with its contents. */
const kept = (path) => caches.match(path, { ignoreVary: true });

/** Put pictures that the page has just shown beside the view they belong to, unless that is gone. */
async function keepPictures({ view, pictures }) {
  if (!view.startsWith(VIEWS) || !(await caches.has(view))) return;
  const cache = await caches.open(view);
  for (const [id, address] of pictures) {
    // As the page's <img> asked, so that the browser need not fetch them again.
    const signal = AbortSignal.timeout(PATIENCE); // a newer worker waits until this one has nothing to do
    const response = await fetch(address, {
      mode: "no-cors",
      credentials: "include",
      cache: "force-cache",
      signal,
    }).catch(() => null);
    if (!response?.ok && response?.type !== "opaque") continue;
    const isKept = await cache.put(`${base}last-view/${id}`, response).then(
      () => true,
      () => false,
    );
    if (!isKept) return; // there is no more room
  }
}

async function keptPicture(path) {
  const views = (await caches.keys()).filter((name) => name.startsWith(VIEWS));
  const found = await Promise.all(views.map(async (name) => (await caches.open(name)).match(path)));
  return found.find(Boolean) ?? Response.error();
}
