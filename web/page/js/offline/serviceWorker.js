/** Registers the service worker, where the browser has them, once the page has nothing better to do. */

import { basePath } from "../basePath.js";

const ADDRESS = `${basePath}/page/current/serviceWorker.js`; // the same for every version: the browser compares
const DELAY = 2500; // milliseconds after the page and its first photos are there

/** From then on the views of these results, drawn in `element`, are remembered. */
export async function registerServiceWorker(results, element) {
  if (!navigator.serviceWorker || !window.caches) return;
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
  await new Promise((resolve) => setTimeout(resolve, DELAY));
  const policy = window.trustedTypes?.createPolicy("service-worker", { createScriptURL: () => ADDRESS });
  const address = policy?.createScriptURL("") ?? ADDRESS;
  await navigator.serviceWorker.register(address, { scope: `${basePath}/` }).catch(() => {}); // the page works without
  await navigator.serviceWorker.ready; // never, if that has failed
  const { rememberViews } = await import("./viewsShown.js");
  rememberViews(results, element);
}
