/**
 * The last view, kept in this browser for when nothing answers: a search, its first photos, and who has asked.
 *
 * There is one at a time, in a cache of its own, so that whatever is still on its way into it goes when it is deleted. It
 * is never shown where the server answers, and never to anybody else: whoever has a key must have it in the same tab, and
 * a sign-in ends after hours. Pictures are fetched by the service worker (`serviceWorker.js`).
 */

import { basePath } from "../basePath.js";
import { hasKey, keyHeaders } from "../functionKey.js";
import { state, urlOf } from "../urlState.js";

const VIEWS = `last view ${basePath}/ `; // caches; serviceWorker.js goes by their names
const VIEW = `${basePath}/last-view`;
const HOLDER = `key-holder${basePath}`; // in this tab alone, as the key is
const SIGN_IN_LASTS = 8 * 3_600_000; // milliseconds, as long as a session of the platform
const DELAY = 1000; // milliseconds after which what is shown is kept
const NO_SERVER = [502, 504]; // a proxy that reaches none

const isSupported = Boolean(navigator.serviceWorker && window.caches); // in secure contexts
const tabs = isSupported && new BroadcastChannel(VIEWS);
if (tabs) tabs.onmessage = () => withdraw();

let caller = null; // as the server has told; nothing is kept before that
let latest = null; // what is to be kept: {path, response, page, isGone}
let cacheName = ""; // of what has been kept, once it has
let pictures = new Map(); // that have been shown, by photo, and whether they are kept
let timer = 0;

function withdraw() {
  caller = latest = null;
  cacheName = "";
  pictures.clear();
}

/** Who asks from now on, as `/api/me` tells. What was kept for somebody else is deleted. */
async function setCaller(me) {
  if (!isSupported || !me || me.is_kept) return;
  const view = await read();
  if (view && view.owner !== ownerOf(me)) {
    tabs.postMessage("forget");
    await deleteViews();
  }
  caller = me;
  keepSoon();
}

/** Keep this response of the server; `isGone(id)` tells which of its photos have been deleted since. */
export function remember(path, response, isGone) {
  if (!isSupported || response.is_kept) return;
  latest = { path, response, isGone, page: urlOf({ ...state, photo: "", view: "", proposal: "" }) };
  cacheName = "";
  const ids = new Set(response.photos.map(({ id }) => id));
  pictures = new Map([...pictures].filter(([id]) => ids.has(id)).map(([id, { address }]) => [id, { address }]));
  keepSoon();
}

/** Photos have gone, or are there again. */
export function rememberAgain() {
  cacheName = "";
  keepSoon();
}

/** A picture has been shown. */
export function rememberPicture(id, address) {
  if (!latest || address.startsWith("blob:")) return;
  if (!latest.response.photos.some((photo) => photo.id === id) || pictures.has(id)) return;
  pictures.set(id, { address });
  keepSoon();
}

function keepSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => keep().catch(() => {}), DELAY); // a browser without room for it does without
}

async function keep() {
  caller ??= await whoAsks();
  const view = latest;
  if (!view || !caller) return;
  if (!cacheName) {
    const name = VIEWS + crypto.randomUUID();
    const cache = await caches.open(name);
    await cache.put(VIEW, Response.json(content(view)));
    await deleteViews((each) => view !== latest || each !== name);
    if (view !== latest) return;
    cacheName = name;
    for (const picture of pictures.values()) picture.isKept = false;
  }
  const more = [...pictures].filter(([, { isKept }]) => !isKept);
  if (!more.length) return;
  const { active } = await navigator.serviceWorker.ready;
  if (view !== latest) return;
  active.postMessage({ view: cacheName, pictures: more.map(([id, { address }]) => [id, address]) });
  for (const [, picture] of more) picture.isKept = true;
}

function content({ path, response, isGone, page }) {
  const photos = response.photos.filter(({ id }) => !isGone(id));
  const total = response.total - (response.photos.length - photos.length);
  const me = { ...caller, role: "viewer", right: "read", feedback: "off", search_by_picture: false, is_kept: true };
  const at = Date.now();
  const until = caller.signed_in && !hasKey() ? at + SIGN_IN_LASTS : null;
  return { owner: ownerOf(caller), at, until, path, page, me, response: { ...response, photos, total, is_kept: true } };
}

/** What stands for whoever has given the key to this tab, and for nobody after them: it says nothing of the key. */
function keyHolder() {
  const key = keyHeaders()["x-functions-key"];
  const [known, itsKey] = JSON.parse(sessionStorage.getItem(HOLDER) ?? "[]");
  const holder = itsKey === key ? known : crypto.randomUUID();
  sessionStorage.setItem(HOLDER, JSON.stringify([holder, key]));
  return holder;
}

const ownerOf = (me) => (hasKey() ? `key ${keyHolder()}` : me.signed_in ? `person ${me.name}` : "anybody");

async function whoAsks() {
  const response = await fetch(`${basePath}/api/me`, { headers: keyHeaders() });
  return response.ok ? response.json() : null;
}

/** Delete what is kept, here and in other tabs: whoever is here is to see no more of it. */
async function forget() {
  if (!isSupported) return;
  withdraw();
  sessionStorage.removeItem(HOLDER);
  tabs.postMessage("forget");
  await deleteViews();
}

async function deleteViews(isMeant = () => true) {
  const names = (await caches.keys()).filter((name) => name.startsWith(VIEWS) && isMeant(name));
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function read() {
  for (const name of await caches.keys()) {
    const answer = name.startsWith(VIEWS) && (await (await caches.open(name)).match(VIEW));
    if (answer) return answer.json();
  }
  return null;
}

/** The view that may be shown here: `{at, page}` say from when it is and where; null if there is none. */
async function lastView() {
  const view = isSupported ? await read() : null;
  if (!view) return null;
  const isOurs = hasKey() ? view.owner === `key ${keyHolder()}` : !view.owner.startsWith("key ");
  if (isOurs && Date.now() < (view.until ?? Number.POSITIVE_INFINITY)) return view;
  await deleteViews();
  return null;
}

/**
 * What the server answered to this GET when the last view was shown, and of photos from when that is (`at`); null where
 * it answers, or nothing is kept.
 */
async function recall(path) {
  const view = await lastView();
  const answer = view && answerOf(view, path);
  if (!answer || (await serverAnswers())) return null;
  return { answer, at: answer === view.me ? null : view.at };
}

function answerOf({ path, response, me }, asked) {
  if (asked === "/api/me") return me;
  if (asked === path) return response;
  return response.photos.find(({ id }) => `/api/photos/${id}` === asked);
}

async function serverAnswers() {
  const response = await fetch(`${basePath}/api/me`, { headers: keyHeaders() }).catch(() => null);
  return Boolean(response && !NO_SERVER.includes(response.status));
}

/** Where the service worker shows the pictures of these photos, as far as the last view has them. */
async function keptPictures(ids) {
  const view = await lastView();
  const kept = new Set(view?.response.photos.map(({ id }) => id));
  return Object.fromEntries(ids.filter((id) => kept.has(id)).map((id) => [id, `${VIEW}/${id}`]));
}

/** For `offline.js`, which loads this where there is a view. */
export const lastViews = { setCaller, forget, recall, keptPictures, lastView };
