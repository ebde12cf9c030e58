// `node run.mjs FIREFOX WORLD [NAME...]`: does these flows in Firefox, or all, and writes a line of JSON about each.
//
// WORLD is JSON: the addresses `app` and `guarded`, and `file`, the path of a photo.

import puppeteer from "puppeteer-core";
import { flows } from "./flows.mjs";

const [executablePath, world, ...names] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  extraPrefsFirefox: {
    "intl.accept_languages": "en-US",
    "datareporting.policy.dataSubmissionEnabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
  },
});
for (const name of names.length ? names : Object.keys(flows)) {
  const error = await flows[name]({ browser, ...JSON.parse(world) }).then(
    () => null,
    (reason) => String(reason.stack ?? reason),
  );
  process.stdout.write(`${JSON.stringify({ name, error })}\n`);
}
await browser.close();
