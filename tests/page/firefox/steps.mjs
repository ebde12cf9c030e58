// What people do on the page, in few words, for puppeteer: each waits until it can be done, or is so.

const PATIENCE = 45_000; // milliseconds, for a machine that does much else

/** A page in a window of its own; `faults` has what went wrong in its scripts. */
export async function visit(browser, address) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.setViewport({ width: 1440, height: 900 });
  const faults = [];
  page.on("pageerror", (error) => {
    if (!/favicon\.ico/.test(error)) faults.push(String(error)); // which the stand-in's page to sign in lets nobody load
  });
  await page.goto(address, { waitUntil: "domcontentloaded", timeout: PATIENCE });
  return { page, context, faults };
}

export const photosShown = (page) => seen(page, ".tile.loaded");
export const click = (page, selector) => naming(selector, page.locator(selector).click());
export const fill = (page, selector, text) => naming(selector, page.locator(selector).fill(text));
export const seen = (page, selector) => naming(selector, page.waitForSelector(selector, { visible: true }));
export const gone = (page, selector) => naming(selector, page.waitForSelector(selector, { hidden: true }));

async function naming(selector, step) {
  return step.catch((error) => {
    throw new Error(`${selector}: ${error.message}`);
  });
}

/** Click on what has this role and name; on what shows an icon alone, by its label. */
export const press = (page, role, name) => click(page, `::-p-aria([name="${name}"][role="${role}"])`);
export const pressIcon = (page, label) => click(page, `button[aria-label="${label}"]`);

/** Wait until the first element of a selector has this text, or one that matches. */
export async function text(page, selector, expected) {
  const is = ({ source, flags, exact }, where) => {
    const actual = document.querySelector(where)?.textContent.trim() ?? "";
    return exact === undefined ? new RegExp(source, flags).test(actual) : actual === exact;
  };
  const wanted = expected instanceof RegExp ? { source: expected.source, flags: expected.flags } : { exact: expected };
  await page.waitForFunction(is, {}, wanted, selector).catch(async () => {
    const actual = await page.evaluate((where) => document.querySelector(where)?.textContent ?? null, selector);
    throw new Error(`${selector} has ${JSON.stringify(actual)} and not ${expected}`);
  });
}

/** Wait until `check()` has something to tell, and return that. */
export async function until(check) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${check} found nothing`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
