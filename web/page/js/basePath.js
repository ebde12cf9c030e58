/** Where the page lies on its host: empty at the root, or `/photos` behind a proxy. This file is `page/VERSION/js/…`. */

export const basePath = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
