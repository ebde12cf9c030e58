// The page in Firefox: each flow is what somebody comes to do, from opening the page to its effect.

import { click, fill, gone, photosShown, press, pressIcon, seen, text, until, visit } from "./steps.mjs";

const QUESTION = "textarea[aria-label='Your question']";

/** By their names; `app` is its address, `guarded` one where people sign in, `file` a photo to upload. */
export const flows = {
  search: (world) =>
    inLibrary(world, "/", async (page) => {
      await fill(page, "#q", "boats");
      await text(page, "#total", "1 photo found");
      await click(page, "#brand");
      await text(page, "#total", /^\d+ photos$/);
    }),

  "open a photo and go on": (world) =>
    inLibrary(world, "/?folder=animals", async (page) => {
      await click(page, ".tile a");
      await seen(page, "#photo .pswp__img");
      await text(page, "#photo .position", "1 of 4");
      await page.keyboard.press("ArrowRight");
      await text(page, "#photo .position", "2 of 4");
      await page.keyboard.press("Escape");
      await gone(page, "#photo");
    }),

  "ask, and follow a citation": (world) =>
    inLibrary(world, "/", async (page) => {
      await fill(page, QUESTION, "Which photos show animals?");
      await page.keyboard.press("Enter");
      await seen(page, '::-p-aria([name="Copy the answer"][role="button"])');
      await click(page, '.message.answer .text button[aria-label^="Photo "]');
      await seen(page, "#photo-title");
    }),

  upload: (world) =>
    inLibrary(world, "/", async (page) => {
      const input = await page.waitForSelector(".add-photos input[type=file]");
      await input.uploadFile(world.file);
      await text(page, "#uploads li", /Searchable/);
      await fill(page, "#q", "from-firefox.png");
      await text(page, "#total", "1 photo found");
    }),

  "correct a title": (world) =>
    inLibrary(world, "/?folder=space", async (page) => {
      await click(page, ".tile a");
      await pressIcon(page, "Correct: Title");
      await fill(page, ".field-form input, .field-form textarea", "Seen in Firefox");
      await page.keyboard.down("Control");
      await page.keyboard.press("Enter");
      await page.keyboard.up("Control");
      await text(page, "#photo-title", "Seen in Firefox");
    }),

  "select and tag": (world) =>
    inLibrary(world, "/?folder=holiday", async (page) => {
      await page.focus(".tile a[tabindex='0']");
      await page.keyboard.press("x");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("x");
      await text(page, "#selection-count", "2 selected");
      await click(page, '[data-action="tags"]');
      await fill(page, "dialog[open] input:not([type=hidden])", "firefox");
      await click(page, "dialog[open] [type=submit]");
      await until(() => total(world, { tag: "firefox" }, 2));
    }),

  "a collection": (world) =>
    inLibrary(world, "/?folder=space", async (page) => {
      await click(page, ".tile a");
      await press(page, "button", "Add to collection…");
      await fill(page, "dialog[open] [role=form] input, dialog[open] form input", "Autumn");
      await page.keyboard.press("Enter");
      await press(page, "link", "Autumn");
      await text(page, "#total", "1 photo found");
    }),

  review: (world) =>
    inLibrary(world, "/?view=review", async (page) => {
      await seen(page, "#review h3[lang]");
      const before = (await asked(world, "/api/review?top=50")).photos.length;
      await page.keyboard.press("a");
      await until(async () => (await asked(world, "/api/review?top=50")).photos.length === before - 1);
      await page.keyboard.press("Escape");
      await gone(page, "#review");
    }),

  "delete and undo": (world) =>
    inLibrary(world, "/?folder=animals", async (page) => {
      await click(page, ".tile a");
      await press(page, "button", "Delete");
      await text(page, "#total", "3 photos found");
      await press(page, "button", "Undo");
      await text(page, "#total", "4 photos found");
    }),

  "sign in and out": async ({ browser, guarded }) => {
    const { page, context, faults } = await visit(browser, guarded);
    await press(page, "link", "Sign in");
    await click(page, "button[value=bob]");
    await photosShown(page);
    await pressIcon(page, "Your account");
    await press(page, "link", "Sign out");
    await seen(page, "#sign-in[open]");
    await context.close();
    none(faults);
  },
};

/** Do something in the library, and fail if a script of the page has failed. */
async function inLibrary({ browser, app }, path, act) {
  const { page, context, faults } = await visit(browser, app + path);
  await photosShown(page);
  await act(page);
  await context.close();
  none(faults);
}

function none(faults) {
  if (faults.length) throw new Error(faults.join("\n"));
}

async function asked({ app }, path) {
  return (await fetch(app + path)).json();
}

const total = async (world, filters, number) =>
  (await asked(world, `/api/search?${new URLSearchParams(filters)}`)).total === number;
